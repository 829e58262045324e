// Package engine installs and runs the DynamoDB engines of the laptop as child processes and makes the template's tables in them.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// Names of the engines.
const (
	DynamoDBLocal = "dynamodb-local"
	Dynoxide      = "dynoxide"
)

// Install runs `npm ci` in dir (the folder of package.json) unless its lock file is installed already. Several
// processes may call it at once. say is told before something slow begins.
func Install(ctx context.Context, dir string, say func(string)) error {
	lock, err := os.Open(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("the engines cannot be installed: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("cannot lock %s: %w", lock.Name(), err)
	}
	raw, err := os.ReadFile(lock.Name())
	if err != nil {
		return fmt.Errorf("the engines cannot be installed: %w", err)
	}
	sum := sha256.Sum256(raw)
	want, mark := hex.EncodeToString(sum[:]), filepath.Join(dir, "node_modules", ".installed")
	if got, err := os.ReadFile(mark); err == nil && string(got) == want {
		return nil
	}
	say("installing the database engine with npm ci (once)")
	if err := npm(ctx, dir); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(want), 0o644)
}

func npm(ctx context.Context, dir string) error {
	path, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not installed: install Node 20 or newer (https://nodejs.org), it brings the database engine; or set AWS_ENDPOINT_URL_DYNAMODB")
	}
	cmd := exec.CommandContext(ctx, path, "ci", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci in %s failed; is the network up? npm says: %s", filepath.Base(dir), firstLine(out, err))
	}
	return nil
}

// firstLine is the line of a program's output that tells most in the least.
func firstLine(out []byte, err error) string {
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "npm error"), "npm ERR!"))
		if line != "" && !strings.HasPrefix(line, "code ") && !strings.HasPrefix(line, "npm warn") {
			return line
		}
	}
	return err.Error()
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// Java finds a Java of version 17 or newer, in JAVA_HOME or on the path; empty where there is none.
func Java(getenv func(string) string) string {
	var candidates []string
	if home := getenv("JAVA_HOME"); home != "" {
		candidates = append(candidates, filepath.Join(home, "bin", "java"))
	}
	if path, err := exec.LookPath("java"); err == nil {
		candidates = append(candidates, path)
	}
	for _, java := range candidates {
		out, err := exec.Command(java, "-version").CombinedOutput()
		m := javaVersion.FindSubmatch(out)
		if err != nil || m == nil {
			continue
		}
		if major, err := strconv.Atoi(string(m[1])); err == nil && major >= 17 {
			return java
		}
	}
	return ""
}

// Choose settles which engine runs: the wished one, else DynamoDB Local where Java runs it, else dynoxide. why is
// a line for the user when the choice is not the default one.
func Choose(wish, java string) (name, why string, err error) {
	switch {
	case wish == Dynoxide, wish == DynamoDBLocal && java != "":
		return wish, "", nil
	case wish == DynamoDBLocal:
		return "", "", errors.New("-engine dynamodb-local needs Java 17 or newer: install it (apt install openjdk-17-jre-headless, brew install openjdk) or set JAVA_HOME")
	case wish != "":
		return "", "", fmt.Errorf("-engine %s is not known: dynamodb-local and dynoxide are", wish)
	case java != "":
		return DynamoDBLocal, "", nil
	}
	return Dynoxide, "no Java 17 found: using dynoxide, which slows down with every record it keeps (install Java for more than small runs)", nil
}
