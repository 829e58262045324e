package rows

import (
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"slices"

	"tributary/shared/report"
)

// perPass is how many conversions of the earlier file are held at once (about 100 MB).
const perPass = 200_000

// Compare adds to c what differs between two files of conversions of one report. conversions is how many the earlier one
// holds: both are read once for every 200,000 of them, so that memory stays flat.
func Compare(c *report.Changes, was, is io.ReadSeeker, conversions int64) error {
	passes := 1 + uint64(max(conversions, 0))/perPass
	for pass := range passes {
		if err := comparePass(c, was, is, func(id string) bool { return share(id)%passes == pass }); err != nil {
			return fmt.Errorf("rows: compare: %w", err)
		}
	}
	if err := tellPeople(c, is); err != nil {
		return fmt.Errorf("rows: compare: %w", err)
	}
	return nil
}

func share(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// comparePass compares the conversions that mine chooses.
func comparePass(c *report.Changes, was, is io.ReadSeeker, mine func(id string) bool) error {
	held := map[string][]string{}
	if err := eachLine(was, mine, func(line []string) { held[line[columnID]] = slices.Clone(line) }); err != nil {
		return err
	}
	err := eachLine(is, mine, func(line []string) {
		old, there := held[line[columnID]]
		delete(held, line[columnID])
		if !there {
			c.Add(report.Change{ID: line[columnID], Reason: report.Added, To: worth(line)})
			return
		}
		for _, one := range compareLines(old, line) {
			c.Add(one)
		}
	})
	for id, line := range held {
		c.Add(report.Change{ID: id, Reason: report.Removed, From: worth(line)})
	}
	return err
}

// untold stands for a column that a file does not have yet.
const untold = "\x00"

// eachLine reads a file from its beginning.
func eachLine(file io.ReadSeeker, mine func(id string) bool, take func(line []string)) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	lines := csv.NewReader(file)
	lines.ReuseRecord = true
	head, err := lines.Read()
	if err != nil || len(head) < firstColumns || !slices.Equal(head, conversionColumns()[:min(len(head), columnCount)]) {
		return fmt.Errorf("%s has the columns %q: %w", ConversionsFile, head, err)
	}
	for {
		line, err := lines.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for len(line) < columnCount {
			line = append(line, untold)
		}
		if mine(line[columnID]) {
			take(line)
		}
	}
}

// compareLines finds every way in which a conversion differs, with what it was and is. What an older file does not tell differs from
// nothing.
func compareLines(was, is []string) []report.Change {
	differs := func(column int) bool { return was[column] != is[column] && was[column] != untold }
	var list []report.Change
	add := func(reason, from, to string) {
		list = append(list, report.Change{ID: is[columnID], Reason: reason, From: from, To: to})
	}
	if differs(columnPerson) {
		add(whyOther(was, is), someone(was), someone(is))
	}
	for _, way := range []struct {
		reason  string
		columns []int
	}{
		{report.Value, []int{columnValue, columnCurrency, columnUnconverted}},
		{report.Refunded, []int{columnNet, columnRefunded}},
		{report.Moved, []int{columnTime}},
		{report.Owned, []int{columnOwn}},
		{report.Relabelled, []int{columnGoal, columnOrder}},
	} {
		if way.reason == report.Refunded && len(list) > 0 && list[len(list)-1].Reason == report.Value {
			continue // the net value moved with the gross one
		}
		if at := slices.IndexFunc(way.columns, differs); at >= 0 {
			add(way.reason, was[way.columns[at]], is[way.columns[at]])
		}
	}
	switch erased := is[columnKnownBy] == pseudonym && was[columnKnownBy] != pseudonym; {
	case differs(columnPath):
		add(report.Touched, was[columnPath], is[columnPath])
	case differs(columnTouches):
		add(report.Touched, was[columnTouches], is[columnTouches])
	case differs(columnDigest) && !erased: // the same channels by other contacts; an erasure takes no more than their ids
		add(report.Touched, was[columnPath]+" ("+was[columnDigest]+")", is[columnPath]+" ("+is[columnDigest]+")")
	}
	return list
}

// worth is a conversion's gross value in words.
func worth(line []string) string { return line[columnValue] + " " + line[columnCurrency] }
