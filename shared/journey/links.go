package journey

import "tributary/shared/event"

// LinksOf are the links that one event gives, as they are stored: a link between two ids under both, the others under
// the node from which they are looked for. Ids form a star around the strongest. An order is found from the strongest
// id of each of its events, an alias leads to its order; an order's other ids are found in its partition of Events.
func LinksOf(e *event.Event) []Link {
	var links []Link
	add := func(from, to string) {
		if from != to {
			links = append(links, Link{From: from, To: to, Time: e.Time, Event: e.ID})
		}
	}
	ids := e.IDs()
	for i := range ids {
		if i > 0 {
			add(ids[0], ids[i])
			add(ids[i], ids[0])
		}
	}
	if e.Kind() != event.KindConversion {
		return links
	}
	sale := saleOf(e)
	if sale != "" && len(ids) > 0 {
		add(ids[0], sale)
	}
	for _, alias := range e.OrderAliases {
		if isOrder(sale) {
			add(orderPrefix+alias, sale)
		}
	}
	return links
}

// saleOf is the node of the sale that an event of kind conversion belongs to; empty where it belongs to none (a lead).
// A refund that knows only an alias belongs to that alias.
func saleOf(e *event.Event) string {
	switch {
	case e.OrderID != "":
		return orderPrefix + e.OrderID
	case len(e.OrderAliases) > 0:
		return orderPrefix + e.OrderAliases[0]
	case e.Sells():
		return singlePrefix + e.ID
	}
	return ""
}

// nodesOf are all the nodes an event names: where its cluster is looked for.
func nodesOf(e *event.Event) []string {
	nodes := e.IDs()
	if e.Kind() != event.KindConversion {
		return nodes
	}
	if sale := saleOf(e); sale != "" {
		nodes = append(nodes, sale)
	}
	for _, alias := range e.OrderAliases {
		nodes = append(nodes, orderPrefix+alias)
	}
	return nodes
}
