package engine_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"tributary/local/engine"
	"tributary/local/streams"
	"tributary/local/template"
)

func TestChoose(t *testing.T) {
	cases := []struct{ wish, java, name, why, err string }{
		{"", "/bin/java", "dynamodb-local", "", ""},
		{"", "", "dynoxide", "no Java 17 found", ""},
		{"dynoxide", "/bin/java", "dynoxide", "", ""},
		{"dynamodb-local", "/bin/java", "dynamodb-local", "", ""},
		{"dynamodb-local", "", "", "", "needs Java 17"},
		{"oracle", "/bin/java", "", "", "not known"},
	}
	for _, c := range cases {
		name, why, err := engine.Choose(c.wish, c.java)
		if name != c.name || !strings.Contains(why, c.why) || (why == "") != (c.why == "") || (err == nil) != (c.err == "") {
			t.Errorf("Choose(%q, %q) = %q, %q, %v", c.wish, c.java, name, why, err)
		}
		if err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("Choose(%q, %q): %v, want %q", c.wish, c.java, err, c.err)
		}
	}
}

func TestJavaWantsSeventeen(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	java := filepath.Join(home, "bin", "java")
	getenv := func(name string) string { return map[string]string{"JAVA_HOME": home}[name] }
	t.Setenv("PATH", "/nonexistent")
	for version, want := range map[string]string{`openjdk version "17.0.1"`: java, `java version "1.8.0_3"`: "", `openjdk version "21"`: java, "": ""} {
		script := "#!/bin/sh\necho '" + version + "' >&2\n"
		if err := os.WriteFile(java, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := engine.Java(getenv); got != want {
			t.Errorf("%s: got %q, want %q", version, got, want)
		}
	}
}

func TestCredentials(t *testing.T) {
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }
	if got, want := engine.CredentialsOf(getenv), (engine.Credentials{Region: "us-east-1", Key: "local", Secret: "local"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	env = map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
	if got, want := engine.CredentialsOf(getenv), (engine.Credentials{Region: "eu-west-1", Key: "a", Secret: "b", Token: "c"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func table(name string) template.Table {
	return template.Table{
		ID: "T", Name: name, Attributes: []template.Attribute{{Name: "pk", Type: "S"}, {Name: "sk", Type: "S"}, {Name: "g", Type: "S"}},
		Key:        []template.Key{{Name: "pk", Type: "HASH"}, {Name: "sk", Type: "RANGE"}},
		Indexes:    []template.Index{{Name: "byG", Key: []template.Key{{Name: "g", Type: "HASH"}}, Projection: "KEYS_ONLY"}},
		StreamView: "NEW_AND_OLD_IMAGES", TTL: "ttl",
	}
}

// start starts an engine by name; where there is no Java, DynamoDB Local's tests run on dynoxide.
func start(t *testing.T, name, data string) *engine.Engine {
	t.Helper()
	if err := engine.Install(t.Context(), "..", func(string) {}); err != nil {
		t.Fatal(err)
	}
	java := engine.Java(os.Getenv)
	if java == "" {
		name = engine.Dynoxide
	}
	e, err := engine.Start(t.Context(), engine.Options{Name: name, Dir: "..", Java: java, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	return e
}

func TestTablesAndStreamsOnRealEngines(t *testing.T) {
	none := func(string) string { return "" }
	for _, name := range []string{engine.DynamoDBLocal, engine.Dynoxide} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			e := start(t, name, data)
			credentials := engine.CredentialsOf(none)
			arns := makeTable(t, e, table("one"))
			put(t, e, "one", "a", "1")

			source := streams.NewClient(e.Endpoint, credentials.Region, credentials)
			first := read(t, source, arns["T"], "")
			if len(first) != 1 || !strings.Contains(string(first[0].JSON), `"eventSourceARN":"`+arns["T"]+`"`) || first[0].Created.IsZero() {
				t.Fatalf("the stream holds %+v", first)
			}

			// again on the same data, as after a restart: same table, same stream, same place
			e.Stop()
			e = start(t, name, data)
			if again := makeTable(t, e, table("one")); cmp.Diff(arns, again) != "" {
				t.Errorf("the stream was %v, is %v", arns, again)
			}
			put(t, e, "one", "a", "2")
			source = streams.NewClient(e.Endpoint, credentials.Region, credentials)
			if rest := read(t, source, arns["T"], first[0].Sequence); len(rest) != 1 || !strings.Contains(string(rest[0].JSON), `"sk":{"S":"2"}`) {
				t.Errorf("after the place of the first record come %+v", rest)
			}

			other := table("one")
			other.Indexes = nil
			_, err := engine.MakeTables(t.Context(), engine.Client(e.Endpoint, credentials), []template.Table{other})
			if err == nil || !strings.Contains(err.Error(), "remove the data folder") {
				t.Errorf("a table that lost its index: %v", err)
			}
		})
	}
}

// Ensures that DynamoDB Local's database has a write-ahead log and the indexes it lacks by itself, and that nothing is left of the
// log once the engine is stopped.
func TestDatabaseIsMadeReady(t *testing.T) {
	if engine.Java(os.Getenv) == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no Java 17: install a JRE, as with apt-get install openjdk-17-jre-headless")
		}
		t.Skip("DynamoDB Local needs Java 17; dynoxide sees to its own database")
	}
	data := t.TempDir()
	e := start(t, engine.DynamoDBLocal, data)
	makeTable(t, e, table("one"))
	put(t, e, "one", "a", "1")
	file := filepath.Join(data, "shared-local-instance.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var plan [4]string
	for query, want := range map[string]string{
		"SELECT MIN(SequenceNumber) FROM us WHERE StreamID = 'a'": "COVERING INDEX",
		"SELECT MAX(SequenceNumber) FROM us WHERE ShardID = 'a'":  "COVERING INDEX",
	} {
		if err := db.QueryRow("EXPLAIN QUERY PLAN "+query).Scan(&plan[0], &plan[1], &plan[2], &plan[3]); err != nil || !strings.Contains(plan[3], want) {
			t.Errorf("%s: %q, %v; want a %s", query, plan[3], err, want)
		}
	}
	if _, err := os.Stat(file + "-wal"); err != nil {
		t.Errorf("no write-ahead log: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	e.Stop()
	if _, err := os.Stat(file + "-wal"); !os.IsNotExist(err) {
		t.Errorf("a log is left: %v", err)
	}
}

func makeTable(t *testing.T, e *engine.Engine, table template.Table) map[string]string {
	t.Helper()
	db := engine.Client(e.Endpoint, engine.CredentialsOf(func(string) string { return "" }))
	arns, err := engine.MakeTables(t.Context(), db, []template.Table{table})
	if err != nil {
		t.Fatal(err)
	}
	ttl, err := db.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: &table.Name})
	if err != nil || ttl.TimeToLiveDescription.TimeToLiveStatus != types.TimeToLiveStatusEnabled {
		t.Errorf("TTL: %+v %v", ttl, err)
	}
	return arns
}

func put(t *testing.T, e *engine.Engine, table, pk, sk string) {
	t.Helper()
	db := engine.Client(e.Endpoint, engine.CredentialsOf(func(string) string { return "" }))
	_, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// read reads the only shard from a place to its present end.
func read(t *testing.T, c *streams.Client, arn, after string) []streams.Record {
	t.Helper()
	shards, err := c.Shards(t.Context(), arn)
	if err != nil || len(shards) == 0 {
		t.Fatalf("shards %v: %v", shards, err)
	}
	it, err := c.Iterator(t.Context(), arn, shards[len(shards)-1].ID, after)
	if err != nil {
		t.Fatal(err)
	}
	records, _, err := c.Records(t.Context(), arn, it, 100)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestStartThatFailsSaysWhy(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "java")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\necho first >&2\necho 'no memory today' >&2\nexit 5\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := engine.Install(t.Context(), "..", func(string) {}); err != nil {
		t.Fatal(err)
	}
	_, err := engine.Start(context.Background(), engine.Options{Name: engine.DynamoDBLocal, Dir: "..", Java: fake})
	if err == nil || !strings.Contains(err.Error(), "no memory today") {
		t.Errorf("got %v", err)
	}
}

func TestInstallRefusesWithoutLockFile(t *testing.T) {
	if err := engine.Install(t.Context(), t.TempDir(), func(string) {}); err == nil {
		t.Error("no error")
	}
}
