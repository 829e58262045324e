// Package function builds the template's functions and runs each as Lambda does: its real bootstrap program under a
// Runtime API, one invocation at a time a process, several processes under load, killed at the timeout, started again after a crash.
package function

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tributary/local/template"
)

// progressEvery is how many compiled packages a line of progress stands for.
const progressEvery = 60

// Build builds every function of the template that lies in root with the deploy flags and answers the program of each by
// logical id. say is told what goes on. The error holds the compiler's words.
func Build(ctx context.Context, root, out string, functions []template.Function, say func(string)) (map[string]string, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder for programs: %w", err)
	}
	args := []string{"build", "-v", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w", "-o", out + string(filepath.Separator)}
	programs, names := map[string]string{}, []string{}
	for _, f := range functions {
		dir := filepath.Join(root, filepath.FromSlash(f.Folder))
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("%s: its folder %s does not exist", f.ID, f.Folder)
		}
		args = append(args, "./"+f.Folder)
		programs[f.ID] = filepath.Join(out, f.Base())
		names = append(names, f.Base())
	}
	say("building " + strings.Join(names, ", "))
	return programs, compile(ctx, root, args, say)
}

func compile(ctx context.Context, root string, args []string, say func(string)) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot run go build: %w", err)
	}
	var complaints []string
	lines, compiled := bufio.NewScanner(pipe), 0
	for lines.Scan() {
		line := lines.Text()
		if !isPackage(line) {
			complaints = append(complaints, line)
			continue
		}
		if compiled++; compiled%progressEvery == 0 {
			say(fmt.Sprintf("  compiled %d packages, %s", compiled, line))
		}
	}
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errors.New("the functions do not build:\n" + strings.Join(complaints, "\n"))
	}
	return nil
}

// isPackage tells the package paths that -v prints from what the compiler complains about.
func isPackage(line string) bool {
	return line != "" && !strings.HasPrefix(line, "#") && !strings.ContainsAny(line, " :\t")
}
