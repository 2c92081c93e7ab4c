CREATE TABLE `episodes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`season_id` integer NOT NULL,
	`number` integer NOT NULL,
	`name` text,
	`air_date` text,
	FOREIGN KEY (`season_id`) REFERENCES `seasons`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `episodes_season_number` ON `episodes` (`season_id`,`number`);--> statement-breakpoint
CREATE TABLE `movies` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`title` text NOT NULL,
	`title_key` text NOT NULL,
	`year` integer,
	`tmdb_id` integer,
	`added_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `movies_title_year` ON `movies` (`title_key`,`year`);--> statement-breakpoint
CREATE UNIQUE INDEX `movies_title_no_year` ON `movies` (`title_key`) WHERE year is null;--> statement-breakpoint
CREATE UNIQUE INDEX `movies_tmdb` ON `movies` (`tmdb_id`);--> statement-breakpoint
CREATE TABLE `seasons` (
	`id` integer PRIMARY KEY NOT NULL,
	`show_id` integer NOT NULL,
	`number` integer NOT NULL,
	FOREIGN KEY (`show_id`) REFERENCES `shows`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `seasons_show_number` ON `seasons` (`show_id`,`number`);--> statement-breakpoint
CREATE TABLE `shows` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`title` text NOT NULL,
	`title_key` text NOT NULL,
	`year` integer,
	`tmdb_id` integer,
	`added_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `shows_title_year` ON `shows` (`title_key`,`year`);--> statement-breakpoint
CREATE UNIQUE INDEX `shows_title_no_year` ON `shows` (`title_key`) WHERE year is null;--> statement-breakpoint
CREATE UNIQUE INDEX `shows_tmdb` ON `shows` (`tmdb_id`);--> statement-breakpoint
CREATE TABLE `torrent_assignments` (
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`item_type` text NOT NULL,
	`item_id` integer NOT NULL,
	`last_episode_number` integer,
	`file_path` text NOT NULL,
	`size` integer NOT NULL,
	`resolution` text,
	`source` text,
	`is_active` integer NOT NULL,
	`assigned_at` integer NOT NULL,
	`movie_id` integer GENERATED ALWAYS AS (case item_type when 'movie' then item_id end) VIRTUAL,
	`episode_id` integer GENERATED ALWAYS AS (case item_type when 'episode' then item_id end) VIRTUAL,
	PRIMARY KEY(`info_hash`, `file_index`),
	FOREIGN KEY (`movie_id`) REFERENCES `movies`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`info_hash`,`file_index`) REFERENCES `torrent_files`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "torrent_assignments_item_type" CHECK("torrent_assignments"."item_type" in ('movie', 'episode')),
	CONSTRAINT "torrent_assignments_last_episode" CHECK(("torrent_assignments"."item_type" = 'episode') = ("torrent_assignments"."last_episode_number" is not null))
);
--> statement-breakpoint
CREATE INDEX `torrent_assignments_item` ON `torrent_assignments` (`item_type`,`item_id`,`is_active`);--> statement-breakpoint
CREATE INDEX `torrent_assignments_torrent` ON `torrent_assignments` (`info_hash`,`is_active`);--> statement-breakpoint
CREATE INDEX `torrent_assignments_movie` ON `torrent_assignments` (`movie_id`) WHERE movie_id is not null;--> statement-breakpoint
CREATE INDEX `torrent_assignments_episode` ON `torrent_assignments` (`episode_id`) WHERE episode_id is not null;--> statement-breakpoint
CREATE TABLE `torrent_files` (
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`file_path` text NOT NULL,
	`size` integer NOT NULL,
	`offset` integer NOT NULL,
	`is_pad` integer NOT NULL,
	PRIMARY KEY(`info_hash`, `file_index`),
	FOREIGN KEY (`info_hash`) REFERENCES `torrents`(`info_hash`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `torrent_metadata` (
	`info_hash` text PRIMARY KEY NOT NULL,
	`metadata` blob NOT NULL,
	FOREIGN KEY (`info_hash`) REFERENCES `torrents`(`info_hash`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `torrents` (
	`info_hash` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`magnet_uri` text,
	`size` integer NOT NULL,
	`is_paused` integer DEFAULT false NOT NULL,
	`is_private` integer NOT NULL,
	`added_at` integer NOT NULL,
	CONSTRAINT "torrents_info_hash" CHECK(length("torrents"."info_hash") = 40)
);
