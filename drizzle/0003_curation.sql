CREATE TABLE `containers` (
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`info` text NOT NULL,
	`streams` text,
	PRIMARY KEY(`info_hash`, `file_index`),
	FOREIGN KEY (`info_hash`,`file_index`) REFERENCES `torrent_files`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `episode_metadata` (
	`episode_id` integer PRIMARY KEY NOT NULL,
	`metadata` text NOT NULL,
	`saved_at` integer NOT NULL,
	`is_stale` integer DEFAULT true NOT NULL,
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `episode_metadata_stale` ON `episode_metadata` (`episode_id`) WHERE is_stale = 1;--> statement-breakpoint
CREATE TABLE `movie_metadata` (
	`movie_id` integer PRIMARY KEY NOT NULL,
	`metadata` text NOT NULL,
	`saved_at` integer NOT NULL,
	`is_stale` integer DEFAULT true NOT NULL,
	FOREIGN KEY (`movie_id`) REFERENCES `movies`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `movie_metadata_stale` ON `movie_metadata` (`movie_id`) WHERE is_stale = 1;--> statement-breakpoint
CREATE TABLE `offline_files` (
	`path` text NOT NULL,
	`path_key` text PRIMARY KEY NOT NULL,
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`added_at` integer NOT NULL,
	FOREIGN KEY (`info_hash`,`file_index`) REFERENCES `torrent_files`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `offline_files_file` ON `offline_files` (`info_hash`,`file_index`);--> statement-breakpoint
CREATE TABLE `pins` (
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`kind` text NOT NULL,
	`pieces` text NOT NULL,
	`is_complete` integer NOT NULL,
	PRIMARY KEY(`info_hash`, `file_index`, `kind`),
	FOREIGN KEY (`info_hash`,`file_index`) REFERENCES `torrent_files`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "pins_kind" CHECK("pins"."kind" in ('ends', 'whole'))
);
--> statement-breakpoint
CREATE TABLE `show_metadata` (
	`show_id` integer PRIMARY KEY NOT NULL,
	`metadata` text NOT NULL,
	`saved_at` integer NOT NULL,
	`is_stale` integer DEFAULT true NOT NULL,
	FOREIGN KEY (`show_id`) REFERENCES `shows`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `show_metadata_stale` ON `show_metadata` (`show_id`) WHERE is_stale = 1;--> statement-breakpoint
CREATE TABLE `sidecars` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`movie_id` integer,
	`show_id` integer,
	`episode_id` integer,
	`role` text NOT NULL,
	`season` integer,
	`size` integer NOT NULL,
	`tag` text NOT NULL,
	`image_path` text,
	`modified_at` integer NOT NULL,
	FOREIGN KEY (`movie_id`) REFERENCES `movies`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`show_id`) REFERENCES `shows`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "sidecars_owner" CHECK(("sidecars"."movie_id" is not null) + ("sidecars"."show_id" is not null) + ("sidecars"."episode_id" is not null) = 1)
);
--> statement-breakpoint
CREATE INDEX `sidecars_movie` ON `sidecars` (`movie_id`) WHERE movie_id is not null;--> statement-breakpoint
CREATE INDEX `sidecars_show` ON `sidecars` (`show_id`) WHERE show_id is not null;--> statement-breakpoint
CREATE INDEX `sidecars_episode` ON `sidecars` (`episode_id`) WHERE episode_id is not null;--> statement-breakpoint
CREATE TABLE `stored_subtitles` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`movie_id` integer,
	`episode_id` integer,
	`source` text NOT NULL,
	`provider_id` text,
	`release_name` text,
	`format` text NOT NULL,
	`language` text,
	`is_forced` integer NOT NULL,
	`is_hearing_impaired` integer NOT NULL,
	`is_commentary` integer NOT NULL,
	`size` integer NOT NULL,
	`added_at` integer NOT NULL,
	FOREIGN KEY (`movie_id`) REFERENCES `movies`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "stored_subtitles_owner" CHECK(("stored_subtitles"."movie_id" is null) <> ("stored_subtitles"."episode_id" is null))
);
--> statement-breakpoint
CREATE INDEX `stored_subtitles_movie` ON `stored_subtitles` (`movie_id`) WHERE movie_id is not null;--> statement-breakpoint
CREATE INDEX `stored_subtitles_episode` ON `stored_subtitles` (`episode_id`) WHERE episode_id is not null;--> statement-breakpoint
CREATE TABLE `watch_positions` (
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`position` integer NOT NULL,
	`size` integer NOT NULL,
	`watched_at` integer NOT NULL,
	`is_finished` integer NOT NULL,
	PRIMARY KEY(`info_hash`, `file_index`),
	FOREIGN KEY (`info_hash`,`file_index`) REFERENCES `torrent_files`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `watch_positions_unfinished` ON `watch_positions` (`watched_at`) WHERE is_finished = 0;--> statement-breakpoint
ALTER TABLE `torrent_assignments` ADD `is_chosen` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `torrent_assignments` ADD `trashed_at` integer;--> statement-breakpoint
ALTER TABLE `torrent_assignments` ADD `is_purged` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `torrent_assignments_trashed` ON `torrent_assignments` (`trashed_at`) WHERE trashed_at is not null;