package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// options are what the command line and the environment say.
type options struct {
	addr     string
	data     string
	engine   string
	verbose  bool
	demo     bool
	template string // path of the template; functions lie in its folder
	local    string // folder of package.json
	getenv   func(string) string
}

func parseOptions(root string, args []string, stderr io.Writer) (options, error) {
	o := options{local: filepath.Join(root, "local"), getenv: os.Getenv}
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:3000", "address to serve on")
	flags.StringVar(&o.data, "data", filepath.Join(root, ".tributary"), "folder for everything that is kept")
	flags.StringVar(&o.engine, "engine", "", "dynamodb-local or dynoxide (default: DynamoDB Local where Java 17 is found)")
	flags.BoolVar(&o.demo, "demo", false, "play a lively shop into the site demo: three weeks of history, then as it happens")
	flags.BoolVar(&o.verbose, "v", false, "show every line of every function, and a REPORT line after each call")
	flags.StringVar(&o.template, "template", filepath.Join(root, "template.yaml"), "the SAM template to run")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no option: see go run ./local -h", flags.Arg(0))
	}
	return o, nil
}

// laptopParameters are the values the laptop gives to the template's parameters, where it declares them.
func laptopParameters(key string, getenv func(string) string) map[string]string {
	sum := sha256.Sum256([]byte(key))
	p := map[string]string{"Stage": "dev", "DashboardOpen": "1", "ApiKeySha256": hex.EncodeToString(sum[:])}
	if getenv("AWS_ENDPOINT_URL_EVENTBRIDGE") == "" {
		p["EventBus"] = "" // there is none
	}
	return p
}
