// Command local runs Tributary on a laptop: it makes what template.yaml declares, builds every function, runs each as its
// real bootstrap under a Lambda Runtime API, serves the routes, pumps the streams and keeps the schedules. It is never deployed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"tributary/local/child"
)

func main() {
	child.FollowGoRun()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := dispatch(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	interrupted := ctx.Err() != nil
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) && !interrupted {
		fmt.Fprintln(os.Stderr, "local: "+err.Error())
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "engine" {
		return runEngine(ctx, root, args[1:], stdin, stdout, stderr)
	}
	if len(args) > 0 && args[0] == "send" {
		return runSend(ctx, root, args[1:], stdout, stderr)
	}
	o, err := parseOptions(root, args, stderr)
	if err != nil {
		return err
	}
	return serve(ctx, o, stdout)
}

// moduleRoot is the folder of go.mod at or above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("there is no go.mod here or above: run it in the checkout")
		}
		dir = filepath.Dir(dir)
	}
}
