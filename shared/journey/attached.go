package journey

import (
	"strings"

	"tributary/shared/event"
)

// attached reports a conversion that only says more of somebody else's sale (props.attached): a referral tool names the order
// that a shop or payment tool reports, and who is behind it. It makes no sale by itself.
func attached(e *event.Event) bool {
	return strings.Contains(e.Props, `"attached"`) && property(e, "attached") == "true"
}
