package main_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"tributary/shared/report"
	"tributary/shared/report/rows"
)

// TestTemplateCredits ensures that Athena's table has the columns that credits.parquet has, in a type that it can be read as,
// and looks for the files where they are put.
func TestTemplateCredits(t *testing.T) {
	_, resources := readTemplate(t)
	table := dig(resources["Credits"], "Properties", "TableInput")
	var want, got []string
	for _, f := range parquet.SchemaOf(rows.Row{}).Fields() {
		want = append(want, f.Name()+" "+hiveType(t, f))
	}
	for _, c := range dig(table, "StorageDescriptor", "Columns").([]any) {
		got = append(got, fmt.Sprint(dig(c, "Name"), " ", dig(c, "Type")))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("credits.parquet has (-), the table (+):\n%s", d)
	}
	if !strings.HasSuffix(fmt.Sprint(dig(table, "StorageDescriptor", "SerdeInfo", "SerializationLibrary")), "ParquetHiveSerDe") {
		t.Error("the table is not read as Parquet")
	}
	parameters := dig(table, "Parameters").(resource)
	for _, to := range []string{"", "2026-03-08"} { // a day, week or month, and a range
		key := report.Place{Site: "${!site}", Kind: "${!period}", First: "${!first_day}", To: to}.CreditsKey(1)
		template := "s3://${Bucket}/" + key[:strings.LastIndexByte(key, '/')+1]
		if d := cmp.Diff(resource{"!Sub": template}, parameters["storage.location.template"]); d != "" {
			t.Errorf("storage.location.template, to %q (-want +got):\n%s", to, d)
		}
	}
	checkProjection(t, parameters, dig(table, "PartitionKeys").([]any))
}

// TestTheNewestHasTheGreatestPath ensures that README's query takes, of what begins on one day, the revision made last, and of
// one range its own newest: whichever ranges there are, and whether they shared a place when they were made.
func TestTheNewestHasTheGreatestPath(t *testing.T) {
	of := func(to string, revision int) string {
		return report.Place{Site: "shop", Kind: report.Range, First: "2026-03-01", To: to}.CreditsKey(revision)
	}
	inOrder := []string{of("", 1), of("", 9), of("2027-01-01", 10), of("2026-03-08", 11), of("2026-03-02", 99), of("2026-03-08", 100), of("2027-01-01", 1000)}
	if !slices.IsSorted(inOrder) {
		t.Errorf("%q are not in order of path", inOrder)
	}
	for _, key := range []string{of("2026-03-08", 11), of("2026-03-08", 100)} {
		if !strings.HasSuffix(key, "_2026-03-08.parquet") { // as README chooses one range
			t.Errorf("%s does not end with the day to which it goes", key)
		}
	}
}

// checkProjection ensures that each partition is computed: with one that is not, every query fails.
func checkProjection(t *testing.T, parameters resource, keys []any) {
	t.Helper()
	types := map[string]any{"site": "injected", "period": "enum", "first_day": "date"}
	if len(keys) != len(types) || parameters["projection.enabled"] != "true" {
		t.Errorf("partitions %v, projection.enabled %v", keys, parameters["projection.enabled"])
	}
	for _, k := range keys {
		name := fmt.Sprint(dig(k, "Name"))
		if got := parameters["projection."+name+".type"]; got != types[name] || dig(k, "Type") != "string" {
			t.Errorf("partition %s: %v as %v, want %v as string", name, got, dig(k, "Type"), types[name])
		}
	}
	kinds := strings.Join(append(report.Kinds(), report.Range), ",")
	if got := parameters["projection.period.values"]; got != kinds {
		t.Errorf("projection.period.values %v, want %s", got, kinds)
	}
}

// hiveType is the type by which Athena reads a column of Parquet.
func hiveType(t *testing.T, f parquet.Field) string {
	t.Helper()
	if l := f.Type().LogicalType(); l != nil && strings.HasPrefix(l.String(), "TIMESTAMP(") {
		return "timestamp"
	}
	switch f.GoType().Kind() {
	case reflect.String:
		return "string"
	case reflect.Int32:
		return "int"
	case reflect.Int64:
		return "bigint"
	case reflect.Bool:
		return "boolean"
	}
	t.Errorf("%s: no type of Athena is known for %s", f.Name(), f.GoType())
	return ""
}
