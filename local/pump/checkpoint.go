package pump

import (
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Checkpoint is how far a mapping has handled a shard.
type Checkpoint struct {
	Sequence string          `json:"sequence,omitempty"` // the last record handled; empty = none yet
	Closed   bool            `json:"closed,omitempty"`   // the shard is read to its end
	Window   int64           `json:"window,omitempty"`   // start of the open tumbling window, Unix seconds; 0 = none is open
	State    json.RawMessage `json:"state,omitempty"`    // what the function handed on within it
}

// Checkpoints keeps checkpoints in a file, on disk before Put returns, so that kill -9 forgets none.
type Checkpoints struct{ db *bolt.DB }

var bucket = []byte("checkpoints")

// OpenCheckpoints opens the file, which one process at a time may hold.
func OpenCheckpoints(path string) (*Checkpoints, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 5 * time.Second, NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	return &Checkpoints{db}, nil
}

// Close closes the file.
func (c *Checkpoints) Close() error { return c.db.Close() }

// Get answers the checkpoint of a key; a lost or unreadable one is none.
func (c *Checkpoints) Get(key string) (Checkpoint, bool) {
	var cp Checkpoint
	var found bool
	_ = c.db.View(func(tx *bolt.Tx) error { // reading from a mapped file fails only once it is closed
		raw := tx.Bucket(bucket).Get([]byte(key))
		found = raw != nil && json.Unmarshal(raw, &cp) == nil
		return nil
	})
	return cp, found
}

// Put stores the checkpoint of a key.
func (c *Checkpoints) Put(key string, cp Checkpoint) error {
	raw, err := json.Marshal(cp)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", key, err)
	}
	if err := c.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucket).Put([]byte(key), raw) }); err != nil {
		return fmt.Errorf("checkpoint %s: %w", key, err)
	}
	return nil
}
