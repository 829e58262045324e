package main

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"tributary/local/function"
	"tributary/local/objects"
	"tributary/local/template"
)

// bucketDoor is where the laptop's bucket is read and written without an S3 client: curl -T file …/local/bucket/<key>.
const bucketDoor = "/local/bucket/"

// rule invokes a function for objects that are put.
type rule struct {
	template.Objects
	pool *function.Pool
}

// matches reports that the rule waits for an object.
func (r rule) matches(c objects.Created) bool {
	return r.Bucket == c.Bucket && (len(r.Prefixes) == 0 || slices.ContainsFunc(r.Prefixes, func(p string) bool { return strings.HasPrefix(c.Key, p) }))
}

// listen has every object that is put invoke the functions whose rules match, as EventBridge does: asynchronously.
func (r *runner) listen() {
	switch {
	case len(r.rules) == 0:
	case r.stores.objects == nil:
		r.say("the S3 at AWS_ENDPOINT_URL_S3 tells the runner of no object: what is put there starts no function")
	default:
		r.stores.objects.Listen(func(c objects.Created) {
			for _, rule := range r.rules {
				if rule.matches(c) {
					r.async.Invoke(rule.pool, objectCreated(c))
				}
			}
		})
	}
}

// objectCreated is the event as EventBridge brings it; its time has whole seconds.
func objectCreated(c objects.Created) []byte {
	var size any
	if c.Size >= 0 {
		size = c.Size
	} else {
		size = 1 // of a copy or an upload in parts nobody told; it is no folder
	}
	raw, _ := json.Marshal(map[string]any{ // maps of strings and numbers always marshal
		"version": "0", "id": "local-" + hex.EncodeToString([]byte(c.ETag)), "detail-type": "Object Created", "source": "aws.s3", "account": "000000000000",
		"time": c.At.UTC().Format(time.RFC3339), "region": template.Region, "resources": []string{"arn:aws:s3:::" + c.Bucket},
		"detail": map[string]any{
			"version": "0", "bucket": map[string]string{"name": c.Bucket},
			"object": map[string]any{"key": c.Key, "size": size, "etag": c.ETag, "sequencer": strings.ToUpper(hex.EncodeToString([]byte(c.At.UTC().Format("150405.000"))))},
			"reason": c.Reason,
		},
	})
	return raw
}

// serveBucket passes a GET or PUT of an object on to S3.
func (r *runner) serveBucket(w http.ResponseWriter, req *http.Request) {
	bucket, key := r.stores.laptopBucket(r.template), strings.TrimPrefix(req.URL.Path, bucketDoor)
	switch {
	case bucket == "":
		http.Error(w, "the bucket is not the runner's own: use a client of the S3 at AWS_ENDPOINT_URL_S3", http.StatusNotFound)
	case req.Method != http.MethodGet && req.Method != http.MethodPut:
		http.Error(w, "GET reads an object or, with ?prefix=, lists keys; PUT writes one", http.StatusMethodNotAllowed)
	default:
		inner := req.Clone(req.Context())
		inner.URL.Path, inner.URL.RawPath = "/"+bucket+"/"+key, ""
		inner.Header.Del("Authorization")
		r.stores.objects.ServeHTTP(w, inner)
	}
}
