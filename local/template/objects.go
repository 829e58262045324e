package template

// created reads an EventBridgeRule. Of all that a rule can wait for, the laptop knows objects that are put into a bucket:
// {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [!Ref Bucket]}, object: {key: [{prefix: …}]}}}.
func (o object) created(name string) Objects {
	o.only("Pattern", "RetryPolicy", "DeadLetterConfig", "RuleName", "State")
	o.oneOf("State", "ENABLED")
	p := o.sub("Pattern")
	p.only("source", "detail-type", "detail")
	detail := p.sub("detail")
	detail.only("bucket", "object")
	bucket, key := detail.sub("bucket"), detail.sub("object")
	bucket.only("name")
	key.only("key")
	r := Objects{Event: name, Bucket: bucket.one("name")}
	if p.one("source") != "aws.s3" || p.one("detail-type") != "Object Created" {
		p.fail("detail-type", "must be Object Created, of source aws.s3: no other event comes about on a laptop")
	}
	for _, k := range key.objects("key") {
		k.only("prefix")
		r.Prefixes = append(r.Prefixes, k.text("prefix"))
	}
	return r
}

// one is the only value of a list.
func (o object) one(name string) string {
	list := o.texts(name)
	if len(list) != 1 {
		o.fail(name, "must be a list of one value")
		return ""
	}
	return list[0]
}

// bucket reads an AWS::S3::Bucket: its name, and whether it tells EventBridge of its objects. What it is kept by and for how
// long has no meaning here.
func (o object) bucket(id string) Bucket {
	n := o.sub("NotificationConfiguration")
	n.only("EventBridgeConfiguration")
	return Bucket{ID: id, Name: o.e.name(id), Tells: n.sub("EventBridgeConfiguration").boolean("EventBridgeEnabled", n.has("EventBridgeConfiguration"))}
}
