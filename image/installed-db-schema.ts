/** Version of the tables below, a row of `meta`; a database with another one is `corrupt_db`. */
export const databaseFormat = 1

/** Makes an empty database. The generation is kept twice: in `meta` for SQL, in `user_version` for tools that look at the header. */
export const createTables = `
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE packages (
  stem TEXT NOT NULL PRIMARY KEY,
  publisher TEXT NOT NULL,
  version TEXT NOT NULL,
  manual INTEGER NOT NULL CHECK (manual IN (0, 1)),
  installed_at INTEGER NOT NULL,
  updated_at INTEGER,
  manifest_sha256 TEXT NOT NULL,
  dependencies TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE avoided (
  stem TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE frozen (
  stem TEXT NOT NULL PRIMARY KEY,
  version TEXT NOT NULL,
  reason TEXT,
  since INTEGER NOT NULL
) WITHOUT ROWID;
`
