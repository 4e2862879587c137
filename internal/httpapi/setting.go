package httpapi

import (
	"example.org/osprey/internal/setting"
	"example.org/osprey/internal/wire"
)

// settingObject is one run-time setting.
type settingObject struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source"`
	Locked bool   `json:"locked"`
}

// settingsList has no pages: there are few.
type settingsList struct {
	Items []settingObject `json:"items"`
}

func showSettings(items []setting.Item) settingsList {
	return settingsList{Items: wire.Each(items, func(i setting.Item) settingObject {
		return settingObject{Key: i.Key, Value: plain(i.Value), Source: i.Source, Locked: i.Locked}
	})}
}

// plain keeps exponents out of numbers.
func plain(v any) any {
	switch v := v.(type) {
	case float64:
		return wire.Score(v)
	case *float64:
		return wire.ScoreOf(v)
	}
	return v
}

func (a *API) listSettings(*call) (answer, error) { return ok(showSettings(a.Settings.List())) }

func (a *API) updateSettings(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	items, err := a.Settings.Patch(c.ctx(), c.grant.Actor, o.Values())
	if err != nil {
		return nil, err
	}
	return ok(showSettings(items))
}
