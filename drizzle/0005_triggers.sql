-- Drizzle knows nothing of what is below: a migration that makes one of these tables anew makes its triggers anew.

-- An item whose files become others has stale sidecars, and its torrent files to probe.
CREATE TRIGGER `assignment_came` AFTER INSERT ON `torrent_assignments`
BEGIN
	UPDATE `torrents` SET `is_probed` = 0 WHERE `info_hash` = new.`info_hash` AND `is_probed` = 1;
	UPDATE `movie_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE new.`is_active` = 1 AND new.`item_type` = 'movie' AND `movie_id` = new.`item_id`;
	UPDATE `episode_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE new.`is_active` = 1 AND new.`item_type` = 'episode' AND `episode_id` = new.`item_id`;
	UPDATE `show_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE new.`is_active` = 1 AND new.`item_type` = 'episode' AND `is_stale` = 0
		AND `show_id` = (SELECT s.`show_id` FROM `episodes` e JOIN `seasons` s ON s.`id` = e.`season_id` WHERE e.`id` = new.`item_id`)
		AND NOT EXISTS (SELECT 1 FROM `sidecars` c WHERE c.`show_id` = `show_metadata`.`show_id`);
END;
--> statement-breakpoint
CREATE TRIGGER `assignment_left` AFTER DELETE ON `torrent_assignments`
BEGIN
	UPDATE `torrents` SET `is_probed` = 0 WHERE `info_hash` = old.`info_hash` AND `is_probed` = 1;
	UPDATE `movie_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE old.`is_active` = 1 AND old.`item_type` = 'movie' AND `movie_id` = old.`item_id`
		AND EXISTS (SELECT 1 FROM `torrent_assignments` a WHERE a.`item_type` = 'movie' AND a.`item_id` = old.`item_id` AND a.`is_active` = 1);
	UPDATE `episode_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE old.`is_active` = 1 AND old.`item_type` = 'episode' AND `episode_id` = old.`item_id`
		AND EXISTS (SELECT 1 FROM `torrent_assignments` a WHERE a.`item_type` = 'episode' AND a.`item_id` = old.`item_id` AND a.`is_active` = 1);
END;
--> statement-breakpoint
CREATE TRIGGER `assignment_changed` AFTER UPDATE ON `torrent_assignments`
WHEN old.`is_active` <> new.`is_active` OR old.`item_type` <> new.`item_type` OR old.`item_id` <> new.`item_id`
	OR old.`last_episode_number` IS NOT new.`last_episode_number`
BEGIN
	UPDATE `torrents` SET `is_probed` = 0 WHERE `info_hash` = new.`info_hash` AND `is_probed` = 1;
	UPDATE `movie_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE `movie_id` IN (iif(old.`item_type` = 'movie', old.`item_id`, 0), iif(new.`item_type` = 'movie', new.`item_id`, 0))
		AND EXISTS (SELECT 1 FROM `torrent_assignments` a WHERE a.`item_type` = 'movie' AND a.`item_id` = `movie_metadata`.`movie_id` AND a.`is_active` = 1);
	UPDATE `episode_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE `episode_id` IN (iif(old.`item_type` = 'episode', old.`item_id`, 0), iif(new.`item_type` = 'episode', new.`item_id`, 0))
		AND EXISTS (SELECT 1 FROM `torrent_assignments` a WHERE a.`item_type` = 'episode' AND a.`item_id` = `episode_metadata`.`episode_id` AND a.`is_active` = 1);
	UPDATE `show_metadata` SET `is_stale` = 1, `making` = iif(`making` = 0, 0, 2)
		WHERE new.`is_active` = 1 AND new.`item_type` = 'episode' AND `is_stale` = 0
		AND `show_id` = (SELECT s.`show_id` FROM `episodes` e JOIN `seasons` s ON s.`id` = e.`season_id` WHERE e.`id` = new.`item_id`)
		AND NOT EXISTS (SELECT 1 FROM `sidecars` c WHERE c.`show_id` = `show_metadata`.`show_id`);
END;
--> statement-breakpoint
CREATE TRIGGER `pin_left` AFTER DELETE ON `pins` WHEN old.`kind` = 'ends'
BEGIN
	UPDATE `torrents` SET `is_probed` = 0 WHERE `info_hash` = old.`info_hash`;
END;
--> statement-breakpoint

-- What titles are searched by: all sequences of three letters, a space before the first. A row is of the movie `id`, of the
-- show `id - 2^40`, or of the episode `id - 2^41`.
CREATE VIRTUAL TABLE `title_search` USING fts5(`text`, content = '', contentless_delete = 1, tokenize = 'trigram remove_diacritics 1');
--> statement-breakpoint
INSERT INTO `title_search` (`rowid`, `text`) SELECT `id`, ' ' || `title` FROM `movies`;
--> statement-breakpoint
INSERT INTO `title_search` (`rowid`, `text`) SELECT `id` + (1 << 40), ' ' || `title` FROM `shows`;
--> statement-breakpoint
INSERT INTO `title_search` (`rowid`, `text`) SELECT `id` + (1 << 41), ' ' || `name` FROM `episodes` WHERE `name` IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER `movie_title_came` AFTER INSERT ON `movies`
BEGIN
	INSERT INTO `title_search` (`rowid`, `text`) VALUES (new.`id`, ' ' || new.`title`);
END;
--> statement-breakpoint
CREATE TRIGGER `movie_title_changed` AFTER UPDATE OF `title` ON `movies` WHEN old.`title` <> new.`title`
BEGIN
	DELETE FROM `title_search` WHERE `rowid` = old.`id`;
	INSERT INTO `title_search` (`rowid`, `text`) VALUES (new.`id`, ' ' || new.`title`);
END;
--> statement-breakpoint
CREATE TRIGGER `movie_title_left` AFTER DELETE ON `movies`
BEGIN
	DELETE FROM `title_search` WHERE `rowid` = old.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `show_title_came` AFTER INSERT ON `shows`
BEGIN
	INSERT INTO `title_search` (`rowid`, `text`) VALUES (new.`id` + (1 << 40), ' ' || new.`title`);
END;
--> statement-breakpoint
CREATE TRIGGER `show_title_changed` AFTER UPDATE OF `title` ON `shows` WHEN old.`title` <> new.`title`
BEGIN
	DELETE FROM `title_search` WHERE `rowid` = old.`id` + (1 << 40);
	INSERT INTO `title_search` (`rowid`, `text`) VALUES (new.`id` + (1 << 40), ' ' || new.`title`);
END;
--> statement-breakpoint
CREATE TRIGGER `show_title_left` AFTER DELETE ON `shows`
BEGIN
	DELETE FROM `title_search` WHERE `rowid` = old.`id` + (1 << 40);
END;
--> statement-breakpoint
CREATE TRIGGER `episode_name_came` AFTER INSERT ON `episodes` WHEN new.`name` IS NOT NULL
BEGIN
	INSERT INTO `title_search` (`rowid`, `text`) VALUES (new.`id` + (1 << 41), ' ' || new.`name`);
END;
--> statement-breakpoint
CREATE TRIGGER `episode_name_changed` AFTER UPDATE OF `name` ON `episodes` WHEN old.`name` IS NOT new.`name`
BEGIN
	DELETE FROM `title_search` WHERE `rowid` = old.`id` + (1 << 41) AND old.`name` IS NOT NULL;
	INSERT INTO `title_search` (`rowid`, `text`) SELECT new.`id` + (1 << 41), ' ' || new.`name` WHERE new.`name` IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER `episode_name_left` AFTER DELETE ON `episodes` WHEN old.`name` IS NOT NULL
BEGIN
	DELETE FROM `title_search` WHERE `rowid` = old.`id` + (1 << 41);
END;
