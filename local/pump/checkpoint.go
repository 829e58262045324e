package pump

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync"
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

// Checkpoints keeps checkpoints in a file. They are written behind the pumps' backs, all that changed in one go, because a
// sync to disk takes as long as many puts of the engine, which waits for the same disk. A checkpoint that kill -9 forgets is older than
// the truth, never newer: its records come again, none is lost.
type Checkpoints struct {
	db   *bolt.DB
	note func(string)

	writing sync.Mutex // one write at a time, so that an older checkpoint cannot land on a newer one
	mu      sync.Mutex
	changed map[string]Checkpoint // not on disk yet
	wake    chan struct{}         // holds one
	stop    chan struct{}
	stopped chan struct{}
}

var bucket = []byte("checkpoints")

// syncPause lies between two writes to disk.
const syncPause = 100 * time.Millisecond

// OpenCheckpoints opens the file, which one process at a time may hold. note takes what goes wrong with the disk later.
func OpenCheckpoints(path string, note func(string)) (*Checkpoints, error) {
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
	c := &Checkpoints{
		db: db, note: note, changed: map[string]Checkpoint{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go c.keepWriting()
	return c, nil
}

// Close writes what is left and closes the file.
func (c *Checkpoints) Close() error {
	close(c.stop)
	<-c.stopped
	if err := c.Sync(); err != nil {
		return err
	}
	return c.db.Close()
}

// Get answers the checkpoint of a key; a lost or unreadable one is none.
func (c *Checkpoints) Get(key string) (Checkpoint, bool) {
	c.writing.Lock() // what is being written is neither here nor there
	defer c.writing.Unlock()
	c.mu.Lock()
	cp, found := c.changed[key]
	c.mu.Unlock()
	if found {
		return cp, true
	}
	_ = c.db.View(func(tx *bolt.Tx) error { // reading from a mapped file fails only once it is closed
		raw := tx.Bucket(bucket).Get([]byte(key))
		found = raw != nil && json.Unmarshal(raw, &cp) == nil
		return nil
	})
	return cp, found
}

// Put remembers the checkpoint of a key; it is on disk soon, or after Sync.
func (c *Checkpoints) Put(key string, cp Checkpoint) {
	c.mu.Lock()
	c.changed[key] = cp
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Sync writes what changed to disk.
func (c *Checkpoints) Sync() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	changed := c.changed
	c.changed = map[string]Checkpoint{}
	c.mu.Unlock()
	if len(changed) == 0 {
		return nil
	}
	err := c.db.Update(func(tx *bolt.Tx) error {
		for key, cp := range changed {
			raw, err := json.Marshal(cp)
			if err != nil {
				return err
			}
			if err := tx.Bucket(bucket).Put([]byte(key), raw); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.mu.Lock()
		maps.Copy(changed, c.changed) // newer ones stand
		c.changed = changed
		c.mu.Unlock()
		return fmt.Errorf("cannot write the checkpoints: %w", err)
	}
	return nil
}

func (c *Checkpoints) keepWriting() {
	defer close(c.stopped)
	pause := time.NewTicker(syncPause)
	defer pause.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-c.wake:
		}
		if err := c.Sync(); err != nil {
			c.note(err.Error())
			c.retry()
		}
		select {
		case <-c.stop:
			return
		case <-pause.C:
		}
	}
}

// retry has the next round write again what this one could not.
func (c *Checkpoints) retry() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
