package main

import (
	"context"
	"os"

	"tributary/local/engine"
	"tributary/local/folder"
	"tributary/local/objects"
	"tributary/local/template"
)

// stores are the DynamoDB and the S3 of the run: the runner's own, or what the environment names.
type stores struct {
	dynamodb, s3 string // endpoints
	events       string // of EventBridge; empty: there is none
	credentials  engine.Credentials
	streams      map[string]string // stream ARNs by logical id of the table
	engine       *engine.Engine    // nil where it is not ours
	log          *os.File
	objects      *objects.Store
}

func openStores(ctx context.Context, o options, data *folder.Folder, t *template.Template, say func(string)) (*stores, error) {
	s := &stores{
		dynamodb: o.getenv("AWS_ENDPOINT_URL_DYNAMODB"), s3: o.getenv("AWS_ENDPOINT_URL_S3"), events: o.getenv("AWS_ENDPOINT_URL_EVENTBRIDGE"),
		credentials: engine.CredentialsOf(o.getenv),
	}
	if err := s.openDynamoDB(ctx, o, data, say); err != nil {
		return s, err
	}
	if s.s3 == "" {
		var err error
		if s.objects, err = objects.Open(data.Path("objects.db")); err != nil {
			return s, err
		}
		s.s3 = s.objects.Endpoint
	}
	var err error
	if s.streams, err = engine.MakeTables(ctx, engine.Client(s.dynamodb, s.credentials), t.Tables); err != nil {
		return s, err
	}
	for _, b := range t.Buckets {
		if err := objects.MakeBucket(ctx, s.s3, s.credentials.Region, s.credentials, b.Name); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *stores) openDynamoDB(ctx context.Context, o options, data *folder.Folder, say func(string)) error {
	if s.dynamodb != "" {
		say("using the DynamoDB at " + s.dynamodb + " (AWS_ENDPOINT_URL_DYNAMODB)")
		return data.Claim(s.dynamodb)
	}
	owner, err := data.Engine()
	if err != nil {
		return err
	}
	if o.engine == "" && (owner == engine.DynamoDBLocal || owner == engine.Dynoxide) {
		o.engine = owner // what the folder was begun with goes on without being asked for again
	}
	java := engine.Java(o.getenv)
	name, why, err := engine.Choose(o.engine, java)
	if err != nil {
		return err
	}
	if err := data.Claim(name); err != nil {
		return err
	}
	if why != "" {
		say(why)
	}
	if err := engine.Install(ctx, o.local, say); err != nil {
		return err
	}
	data.EndLeftover()
	if s.log, err = openLog(data.Path("logs"), "engine.log"); err != nil {
		return err
	}
	say("starting " + name)
	s.engine, err = engine.Start(ctx, engine.Options{Name: name, Dir: o.local, Java: java, Data: data.Path(name), Log: s.log})
	if err != nil {
		return err
	}
	s.dynamodb = s.engine.Endpoint
	return data.EngineStarted(s.engine.Pid())
}

func openLog(dir, name string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return os.Create(dir + string(os.PathSeparator) + name)
}

// laptopBucket is the bucket that /local/bucket/ stands for: the template's first, where S3 is the runner's own.
func (s *stores) laptopBucket(t *template.Template) string {
	if s.objects == nil || len(t.Buckets) == 0 {
		return ""
	}
	return t.Buckets[0].Name
}

// engineExited is closed when an engine of ours is gone.
func (s *stores) engineExited() <-chan struct{} {
	if s.engine == nil {
		return nil
	}
	return s.engine.Exited()
}

// close stops what was started, in any state of half-openness.
func (s *stores) close() {
	if s == nil {
		return
	}
	if s.engine != nil {
		s.engine.Stop()
	}
	if s.objects != nil {
		_ = s.objects.Close() // the process ends anyway
	}
	if s.log != nil {
		_ = s.log.Close()
	}
}
