// Package names bounds how many different names of pages, campaigns and the like a site's visitors can bring up in a day,
// so that nobody can grow the tables by inventing some. A directory, shared by all processes, holds the hashes of the names
// that were let in; each shard of it takes so many and no more, by the condition of one write, so that the bound holds
// however many processes ask at once. A name that a process has seen let in costs it nothing again, and a full shard never
// changes: beyond the bound nobody asks any more.
package names

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strconv"
)

// Other stands for every name beyond the bound.
const Other = "(other)"

// Dimension is a kind of name.
type Dimension string

// Dimensions that visitors can invent names of. A source counts with its medium, as figures keep the pair.
const (
	Page     Dimension = "page"
	Campaign Dimension = "campaign"
	Source   Dimension = "source"
	Content  Dimension = "content"
	Term     Dimension = "term"
	Link     Dimension = "link"
	Goal     Dimension = "goal"
	Type     Dimension = "type"
	Channel  Dimension = "channel"
)

// limits are how many names a site and day has where its settings say nothing.
var limits = map[Dimension]int{
	Page: 2048, Campaign: 512, Source: 512, Content: 512, Term: 512, Link: 512, Goal: 64, Type: 64, Channel: 64,
}

// Dimensions lists all, in order.
func Dimensions() []Dimension { return slices.Sorted(maps.Keys(limits)) }

// Limit is how many names of a dimension a day has by default.
func Limit(d Dimension) int { return limits[d] }

// shardNames is how many hashes lie in one item: with its key it stays under 1 KB, one write unit.
const shardNames = 64

// Hash stands for a name: 64 bits of SHA-256, so that nobody finds two names of one hash.
type Hash [8]byte

// shard is the item that a hash belongs to and how many it takes. The shards' limits never sum to more than the bound.
func shard(d Dimension, h Hash, limit int) (key string, most int) {
	n := (limit + shardNames - 1) / shardNames
	return string(d) + "#" + strconv.Itoa((int(h[0])<<8|int(h[1]))%n), limit / n
}

func hashOf(d Dimension, name string) Hash {
	var room [512]byte
	text := append(append(append(room[:0], d...), 0), name...)
	sum := sha256.Sum256(text)
	return Hash(sum[:8])
}
