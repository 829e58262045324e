package template

import "slices"

// machine gives the schedules of an AWS::Serverless::StateMachine to the function that does the machine's work on a laptop,
// in one process: the one that its Metadata names under Laptop. The machine's own steps are not run here.
func (e *evaluator) machine(id string, t *Template) {
	name := e.object(id+": Metadata", child(e.resources[id], "Metadata")).text("Laptop")
	at := slices.IndexFunc(t.Functions, func(f Function) bool { return f.ID == name })
	if at < 0 {
		e.fail("%s: state machines are not run on the laptop: name the function that does its work there in Metadata.Laptop, not %q", id, name)
		return
	}
	events := e.object(id, child(e.resources[id], "Properties")).sub("Events")
	for _, name := range events.names() {
		if !events.has(name) {
			continue
		}
		o := events.sub(name)
		if kind := o.text("Type"); kind != "ScheduleV2" {
			o.fail("Type", "%q of a state machine is not run on a laptop: ScheduleV2 is", kind)
			continue
		}
		props := o.sub("Properties")
		props.where = o.where
		t.Functions[at].Schedules = append(t.Functions[at].Schedules, props.schedule(name))
	}
}
