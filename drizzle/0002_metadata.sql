ALTER TABLE `movies` ADD `given_title_key` text;--> statement-breakpoint
ALTER TABLE `movies` ADD `given_year` integer;--> statement-breakpoint
ALTER TABLE `movies` ADD `metadata_due_at` integer DEFAULT 0;--> statement-breakpoint
ALTER TABLE `movies` ADD `metadata_attempts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `movies_given_title` ON `movies` (`given_title_key`) WHERE given_title_key is not null;--> statement-breakpoint
CREATE INDEX `movies_metadata_due` ON `movies` (`metadata_due_at`) WHERE metadata_due_at is not null;--> statement-breakpoint
ALTER TABLE `shows` ADD `given_title_key` text;--> statement-breakpoint
ALTER TABLE `shows` ADD `given_year` integer;--> statement-breakpoint
ALTER TABLE `shows` ADD `metadata_due_at` integer DEFAULT 0;--> statement-breakpoint
ALTER TABLE `shows` ADD `metadata_attempts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `shows_given_title` ON `shows` (`given_title_key`) WHERE given_title_key is not null;--> statement-breakpoint
CREATE INDEX `shows_metadata_due` ON `shows` (`metadata_due_at`) WHERE metadata_due_at is not null;--> statement-breakpoint
CREATE INDEX `episodes_air_date` ON `episodes` (`air_date`) WHERE air_date is not null;