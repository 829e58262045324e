package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tributary/local/engine"
	"tributary/local/template"
)

// runEngine starts an in-memory engine with the template's tables for tests, prints where it is as one line of JSON and
// lives until its stdin closes, so that it cannot outlive the test that started it.
func runEngine(ctx context.Context, root string, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("local engine", flag.ContinueOnError)
	flags.SetOutput(stderr)
	wish := flags.String("engine", "", "dynamodb-local or dynoxide (default: DynamoDB Local where Java 17 is found)")
	file := flags.String("template", filepath.Join(root, "template.yaml"), "the SAM template whose tables are made")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t, err := template.Read(*file, laptopParameters("", os.Getenv))
	if err != nil {
		return err
	}
	say := func(line string) { fmt.Fprintln(stderr, line) }
	e, err := startEngine(ctx, engine.Options{Name: *wish, Dir: filepath.Join(root, "local")}, say)
	if err != nil {
		return err
	}
	defer e.Stop()
	noEnvironment := func(string) string { return "" }
	if _, err := engine.MakeTables(ctx, engine.Client(e.Endpoint, engine.CredentialsOf(noEnvironment)), t.Tables); err != nil {
		return err
	}
	answer := map[string]any{"endpoint": e.Endpoint, "env": tableEnvironment(t)}
	if err := json.NewEncoder(stdout).Encode(answer); err != nil {
		return err
	}
	return untilClosed(ctx, stdin, e)
}

func untilClosed(ctx context.Context, stdin io.Reader, e *engine.Engine) error {
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // its end is the signal, whatever it was
		close(closed)
	}()
	select {
	case <-closed:
	case <-ctx.Done():
	case <-e.Exited():
		return errors.New("the engine stopped")
	}
	return nil
}

// startEngine chooses, installs and starts an engine; o.Name is the wish.
func startEngine(ctx context.Context, o engine.Options, say func(string)) (*engine.Engine, error) {
	o.Java = engine.Java(os.Getenv)
	name, why, err := engine.Choose(o.Name, o.Java)
	if err != nil {
		return nil, err
	}
	if why != "" {
		say(why)
	}
	o.Name = name
	if err := engine.Install(ctx, o.Dir, say); err != nil {
		return nil, err
	}
	return engine.Start(ctx, o)
}

// tableEnvironment is every variable of the template's functions that names a table or a bucket.
func tableEnvironment(t *template.Template) map[string]string {
	names := map[string]bool{}
	for _, table := range t.Tables {
		names[table.Name] = true
	}
	for _, b := range t.Buckets {
		names[b.Name] = true
	}
	env := map[string]string{}
	for _, f := range t.Functions {
		for k, v := range f.Env {
			if names[v] {
				env[k] = v
			}
		}
	}
	return env
}
