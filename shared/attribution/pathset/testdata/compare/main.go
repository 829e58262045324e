// Compare credits the paths of a file (path;conversions;value;nulls, channels joined by " > ") and prints, as JSON, how
// many seconds each part took from the texts of the paths on, and every channel's conversions. compare.py runs it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/attribution/pathset"
)

// line is one row of the file.
type line struct {
	path                      string
	conversions, value, nulls int64
}

// result is what one part took and gave.
type result struct {
	Seconds float64            `json:"seconds"`
	Credit  map[string]float64 `json:"credit"`
}

func main() {
	lines, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results := map[string]result{"shapley": timed(func() map[string]float64 { return credits(fold(lines).Shapley()) })}
	for order := 1; order <= 3; order++ {
		results[fmt.Sprint("markov_order_", order)] = timed(func() map[string]float64 { return credits(fold(lines).Markov(order)) })
	}
	for name, models := range map[string][]attribution.Model{
		"three rules": {attribution.FirstTouch, attribution.LastTouch, attribution.Linear},
		"four rules":  {attribution.FirstTouch, attribution.LastTouch, attribution.Linear, attribution.PositionBased},
	} {
		results[name] = timed(func() map[string]float64 { return rules(lines, models) })
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(name string) ([]line, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []line
	scanner := bufio.NewScanner(f)
	scanner.Scan() // the header
	for scanner.Scan() {
		cells := strings.Split(scanner.Text(), ";")
		if len(cells) != 4 {
			return nil, fmt.Errorf("%s: %q has not four cells", name, scanner.Text())
		}
		l := line{path: cells[0]}
		for i, to := range []*int64{&l.conversions, &l.value, &l.nulls} {
			if *to, err = strconv.ParseInt(cells[i+1], 10, 64); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		lines = append(lines, l)
	}
	return lines, scanner.Err()
}

func timed(f func() map[string]float64) result {
	var best result
	for run := range 3 {
		start := time.Now()
		credit := f()
		if s := time.Since(start).Seconds(); run == 0 || s < best.Seconds {
			best = result{s, credit}
		}
	}
	return best
}

// cut appends the channels of a path.
func cut(to []string, path string) []string {
	for {
		i := strings.IndexByte(path, '>') // between spaces
		if i < 0 {
			return append(to, path)
		}
		to, path = append(to, path[:i-1]), path[i+2:]
	}
}

func fold(lines []line) *pathset.Counts {
	var counts pathset.Counts
	var row pathset.Row
	for i := range lines {
		l := &lines[i]
		row = pathset.Row{Path: cut(row.Path[:0], l.path), Conversions: l.conversions, Nulls: l.nulls, Value: l.value}
		counts.Add(&row)
	}
	return &counts
}

func credits(list []pathset.Credit, err error) map[string]float64 {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := map[string]float64{}
	for _, c := range list {
		out[c.Channel] = float64(c.ConversionsMicro) / 1e6
	}
	return out
}

// rules credits every converting path under each model, conversions and value, and returns the last model's conversions.
func rules(lines []line, models []attribution.Model) map[string]float64 {
	index := map[string]int{}
	var names, channels []string
	var sums [][2]int64
	var path attribution.Path
	var rows []int
	var weights []uint64
	var parts []int64
	for i := range lines {
		l := &lines[i]
		if l.conversions == 0 {
			continue
		}
		channels = cut(channels[:0], l.path)
		path.Touches, rows = path.Touches[:0], rows[:0]
		for _, c := range channels {
			at, ok := index[c]
			if !ok {
				at = len(names) * len(models)
				index[c], names, sums = at, append(names, c), append(sums, make([][2]int64, len(models))...)
			}
			path.Touches, rows = append(path.Touches, attribution.Touch{Channel: c}), append(rows, at)
		}
		for m, model := range models {
			weights = attribution.AppendWeights(weights[:0], model, &path)
			for column, amount := range [2]int64{l.conversions * 1_000_000, l.value} {
				parts = attribution.AppendSplit(parts[:0], amount, weights)
				for k, part := range parts {
					sums[rows[k]+m][column] += part
				}
			}
		}
	}
	out := map[string]float64{}
	for _, name := range names {
		out[name] = float64(sums[index[name]+len(models)-1][0]) / 1e6
	}
	return out
}
