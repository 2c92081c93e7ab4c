CREATE TABLE `torrent_subtitles` (
	`info_hash` text NOT NULL,
	`file_index` integer NOT NULL,
	`video_index` integer NOT NULL,
	`language` text,
	`is_forced` integer NOT NULL,
	`is_hearing_impaired` integer NOT NULL,
	`is_commentary` integer NOT NULL,
	PRIMARY KEY(`info_hash`, `file_index`),
	FOREIGN KEY (`info_hash`,`file_index`) REFERENCES `torrent_files`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`info_hash`,`video_index`) REFERENCES `torrent_assignments`(`info_hash`,`file_index`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `torrent_subtitles_video` ON `torrent_subtitles` (`info_hash`,`video_index`);