DROP INDEX `episode_metadata_stale`;--> statement-breakpoint
ALTER TABLE `episode_metadata` ADD `making` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `episode_metadata_stale` ON `episode_metadata` (`making`,`episode_id`) WHERE is_stale = 1;--> statement-breakpoint
DROP INDEX `movie_metadata_stale`;--> statement-breakpoint
ALTER TABLE `movie_metadata` ADD `making` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `movie_metadata_stale` ON `movie_metadata` (`making`,`movie_id`) WHERE is_stale = 1;--> statement-breakpoint
DROP INDEX `show_metadata_stale`;--> statement-breakpoint
ALTER TABLE `show_metadata` ADD `making` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `show_metadata_stale` ON `show_metadata` (`making`,`show_id`) WHERE is_stale = 1;--> statement-breakpoint
ALTER TABLE `torrents` ADD `is_probed` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `torrents_unprobed` ON `torrents` (`added_at`) WHERE is_probed = 0;