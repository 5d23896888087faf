-- +goose Up
-- The licence desk. Instants are seconds since 1970-01-01T00:00Z, 0 where there is
-- none; quantities and values are steps of the ledger.
CREATE TABLE desk_head (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	size INTEGER NOT NULL,
	root BLOB NOT NULL,
	edge BLOB NOT NULL
);
INSERT INTO desk_head (id, size, root, edge) VALUES (1, 0, zeroblob(32), x'');

-- The log. Nothing here is ever changed.
CREATE TABLE desk_event (
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	kind TEXT NOT NULL,
	object TEXT NOT NULL,
	version INTEGER NOT NULL,
	type TEXT NOT NULL,
	record BLOB NOT NULL,
	hash BLOB NOT NULL
);
CREATE INDEX desk_event_object ON desk_event (kind, object, seq);

-- What the events of each object come to.
CREATE TABLE desk_object (
	kind TEXT NOT NULL,
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	state BLOB NOT NULL,
	PRIMARY KEY (kind, id)
);

-- By what files are found.
CREATE TABLE desk_file (
	id TEXT PRIMARY KEY,
	authority TEXT NOT NULL,
	side TEXT NOT NULL,
	stage TEXT NOT NULL,
	queue TEXT NOT NULL,
	lane TEXT NOT NULL,
	turn INTEGER NOT NULL,
	since INTEGER NOT NULL,
	submitted INTEGER NOT NULL,
	decided INTEGER NOT NULL,
	outcome TEXT NOT NULL,
	officer TEXT NOT NULL,
	lease INTEGER NOT NULL,
	applicant TEXT NOT NULL,
	end_user TEXT NOT NULL,
	goods TEXT NOT NULL,
	country TEXT NOT NULL,
	item TEXT NOT NULL,
	alike_a INTEGER NOT NULL,
	alike_b INTEGER NOT NULL,
	features TEXT NOT NULL
);
CREATE INDEX desk_file_turn ON desk_file (authority, queue, turn, id, lease);
CREATE INDEX desk_file_lane ON desk_file (authority, queue, lane, turn, id, lease);
CREATE INDEX desk_file_count ON desk_file (authority, queue, lane, since);
CREATE INDEX desk_file_applicant ON desk_file (applicant, turn, id);
CREATE INDEX desk_file_decided ON desk_file (goods, country, decided) WHERE decided > 0;
CREATE INDEX desk_file_officer ON desk_file (officer) WHERE officer <> '';
CREATE INDEX desk_file_alike_a ON desk_file (alike_a, submitted);
CREATE INDEX desk_file_alike_b ON desk_file (alike_b, submitted);

-- How many files stand where.
CREATE TABLE desk_count (
	authority TEXT NOT NULL,
	queue TEXT NOT NULL,
	lane TEXT NOT NULL,
	files INTEGER NOT NULL,
	PRIMARY KEY (authority, queue, lane)
);

-- By what licences are found.
CREATE TABLE desk_licence (
	id TEXT PRIMARY KEY,
	authority TEXT NOT NULL,
	holder TEXT NOT NULL,
	end_user TEXT NOT NULL,
	valid_from INTEGER NOT NULL,
	valid_until INTEGER NOT NULL,
	ended INTEGER NOT NULL
);
CREATE INDEX desk_licence_until ON desk_licence (valid_until, id);
CREATE INDEX desk_licence_holder ON desk_licence (holder, valid_until, id);

-- The law of the ledger, on any engine, whoever writes.
CREATE TABLE desk_balance (
	licence TEXT NOT NULL,
	line INTEGER NOT NULL,
	unit TEXT NOT NULL,
	currency TEXT NOT NULL,
	licensed INTEGER NOT NULL,
	ceiling INTEGER NOT NULL CHECK (ceiling >= licensed),
	reserved INTEGER NOT NULL CHECK (reserved >= 0),
	committed INTEGER NOT NULL CHECK (committed >= 0),
	value_ceiling INTEGER NOT NULL,
	value_reserved INTEGER NOT NULL CHECK (value_reserved >= 0),
	value_committed INTEGER NOT NULL CHECK (value_committed >= 0),
	version INTEGER NOT NULL,
	PRIMARY KEY (licence, line),
	CHECK (reserved + committed <= ceiling),
	CHECK (value_reserved + value_committed <= value_ceiling)
);

-- The ledger. Nothing here is ever changed.
CREATE TABLE desk_movement (
	seq INTEGER NOT NULL,
	place INTEGER NOT NULL,
	licence TEXT NOT NULL,
	line INTEGER NOT NULL,
	drawdown TEXT NOT NULL,
	kind TEXT NOT NULL,
	quantity INTEGER NOT NULL CHECK (quantity >= 0),
	value INTEGER NOT NULL CHECK (value >= 0),
	at INTEGER NOT NULL,
	PRIMARY KEY (seq, place)
);
CREATE INDEX desk_movement_licence ON desk_movement (licence, seq);

-- What a command with a key came to, so that it is carried out once.
CREATE TABLE desk_receipt (
	key TEXT PRIMARY KEY,
	seq INTEGER NOT NULL,
	receipt BLOB NOT NULL
);

CREATE TABLE desk_paper (
	digest TEXT PRIMARY KEY,
	content BLOB NOT NULL
);
