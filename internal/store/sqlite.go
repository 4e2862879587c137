package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// The pragmas of every connection. A commit is on the disk before it is answered
// (FULL), freed pages are overwritten (secure_delete), sorts never spill to a
// temporary file (temp_store), and the schema's own functions are not trusted.
var pragmas = []string{
	"PRAGMA busy_timeout = 10000",
	"PRAGMA foreign_keys = ON",
	"PRAGMA synchronous = FULL",
	"PRAGMA secure_delete = ON",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA cell_size_check = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA journal_size_limit = 67108864", // bytes that the log keeps after a checkpoint
}

// statements is how many prepared statements a connection keeps: more than the
// store and the job queue have.
const statements = 300

// connector opens connections of one file. It is a driver.Connector, so that
// nothing has to be registered by a global name.
type connector struct {
	dsn    string
	driver *sqlite3.SQLiteDriver
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.driver }

// openWriter opens the pool with the one connection that writes: waiting for a
// turn happens in Go, in order and with the caller's context, never as
// SQLITE_BUSY.
func openWriter(path string) *sql.DB {
	db := sql.OpenDB(newConnector(path, "immediate", "PRAGMA journal_mode = WAL"))
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db
}

// openReader opens the pool of readers. Each sees one snapshot a transaction and
// waits for nobody.
func openReader(path string) *sql.DB {
	db := sql.OpenDB(newConnector(path, "deferred", "PRAGMA query_only = ON"))
	n := max(4, 2*runtime.GOMAXPROCS(0))
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}

func newConnector(path, lock string, more ...string) *connector {
	name := url.URL{Scheme: "file", Opaque: escapePath(path),
		RawQuery: fmt.Sprintf("_txlock=%s&_stmt_cache_size=%d", lock, statements)}
	return &connector{dsn: name.String(), driver: &sqlite3.SQLiteDriver{
		ConnectHook: func(c *sqlite3.SQLiteConn) error {
			for _, p := range append(pragmas[:len(pragmas):len(pragmas)], more...) {
				if _, err := c.Exec(p, nil); err != nil {
					return fmt.Errorf("%s: %w", p, err)
				}
			}
			return nil
		},
	}}
}

// escapePath writes a path as SQLite's URI file names want it.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
}

// createFile makes an empty database that nobody else may read; the log and the
// shared memory inherit its mode. An existing one is left as it is.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the configured path
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// checkJournal makes sure that the write-ahead log is in use: some file systems
// refuse it silently, and durability would not be what was promised.
func checkJournal(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not support SQLite's write-ahead log (journal mode %q)", mode)
	}
	return nil
}
