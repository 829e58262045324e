package main_test

import (
	"fmt"
	"reflect"
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
	place := report.Place{Site: "${!site}", Kind: "${!period}", First: "${!first_day}"}
	key := place.CreditsKey(1)
	template := "s3://${Bucket}/" + key[:strings.LastIndexByte(key, '/')+1]
	parameters := dig(table, "Parameters").(resource)
	if d := cmp.Diff(resource{"!Sub": template}, parameters["storage.location.template"]); d != "" {
		t.Errorf("storage.location.template (-want +got):\n%s", d)
	}
	checkProjection(t, parameters, dig(table, "PartitionKeys").([]any))
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
