package openapi

// webhooks describes the requests that the server makes (api.md 13.2): one shape for all
// events.
func webhooks() node {
	events := map[string]string{
		"group_completed":  "All analyses of one start that have the address have ended",
		"operator_decided": "An operator gave the verdict of an analysis",
		"ping":             "A test of an address",
		"quota_warning":    "A quota of the company is used up in part",
		"quota_reached":    "A quota of the company is used up",
	}
	out := node{}
	for event, summary := range events {
		out[event] = node{"post": node{
			"summary": summary,
			"parameters": []any{
				header("Osprey-Signature", node{"type": "string"},
					"t=UNIX seconds and one v1=HEX for each secret, newest first: the HMAC-SHA256 of t, a dot and the body"),
				header("Osprey-Event-Id", ref("Id"), "Equal to event_id; the same in every attempt"),
				header("Osprey-Delivery-Attempt", node{"type": "integer", "minimum": 1}, "1, 2, ..."),
			},
			"requestBody": node{"required": true, "content": jsonContent(ref("WebhookRequest"))},
			"responses": node{
				"2XX":     node{"description": "Received"},
				"410":     node{"description": "The receiver wants no more attempts of this event"},
				"default": node{"description": "Not received; there will be another attempt"},
			},
		}}
	}
	return out
}

func header(name string, schema node, about string) node {
	return node{"name": name, "in": "header", "required": true, "schema": schema, "description": about}
}
