-- +goose Up
CREATE TABLE answers (
	digest   TEXT PRIMARY KEY,
	schedule TEXT NOT NULL,
	kept     INTEGER NOT NULL, -- milliseconds since 1970
	document BLOB NOT NULL     -- zstd
) STRICT;

CREATE TABLE replies (
	key      TEXT PRIMARY KEY,
	request  TEXT NOT NULL,
	made     INTEGER NOT NULL, -- milliseconds since 1970
	status   INTEGER NOT NULL, -- 0 while the request is worked on
	type     TEXT NOT NULL,
	location TEXT NOT NULL,
	body     BLOB NOT NULL     -- zstd
) STRICT;
CREATE INDEX replies_made ON replies (made);

CREATE TABLE batches (
	id     TEXT PRIMARY KEY, -- later uploads have greater ids
	record TEXT NOT NULL,    -- JSON
	totals BLOB              -- zstd
) STRICT;

-- +goose Down
DROP TABLE batches;
DROP TABLE replies;
DROP TABLE answers;
