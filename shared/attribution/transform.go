package attribution

import (
	"slices"
	"strconv"
)

// The transforms change a path of channels, oldest first, before a model of path sets sees it; the house changes none. Each
// returns a path of its own and leaves the one given as it is. Names and rules: attribution-models.md section 2.

// Unique is the path as it is.
func Unique(path []string) []string { return slices.Clone(path) }

// Exposure merges a channel's consecutive repeats: A B B A is A B A.
func Exposure(path []string) []string { return slices.Compact(slices.Clone(path)) }

// First keeps each channel's first place: A B B A is A B.
func First(path []string) []string {
	out := make([]string, 0, len(path))
	seen := make(map[string]struct{}, len(path))
	for _, channel := range path {
		if _, again := seen[channel]; !again {
			seen[channel] = struct{}{}
			out = append(out, channel)
		}
	}
	return out
}

// Frequency keeps each channel's first place with how often it comes: A B B A is A(2) B(2).
func Frequency(path []string) []string {
	times := make(map[string]int, len(path))
	for _, channel := range path {
		times[channel]++
	}
	out := First(path)
	for i, channel := range out {
		out[i] = channel + "(" + strconv.Itoa(times[channel]) + ")"
	}
	return out
}

// RemoveIfNotAll drops a channel from a path that has others.
func RemoveIfNotAll(path []string, channel string) []string {
	out := slices.DeleteFunc(slices.Clone(path), func(c string) bool { return c == channel })
	if len(out) == 0 {
		return slices.Clone(path)
	}
	return out
}

// RemoveIfLastAndNotAll drops a channel's run at the end of a path that has others.
func RemoveIfLastAndNotAll(path []string, channel string) []string {
	end := len(path)
	for end > 0 && path[end-1] == channel {
		end--
	}
	if end == 0 {
		end = len(path)
	}
	return slices.Clone(path[:end])
}

// Trim keeps the last steps of a path; 0 or less: all.
func Trim(path []string, steps int) []string {
	if steps <= 0 || steps >= len(path) {
		return slices.Clone(path)
	}
	return slices.Clone(path[len(path)-steps:])
}
