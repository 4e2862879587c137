package config

import (
	"errors"
	"maps"
	"slices"
)

// Change checks a change of run-time settings, the values as decoded from
// JSON. It returns the texts to store under the keys and the settings as they
// will be. null stands for the empty value, which only optional keys take.
// Its error is of type [Errors]: an unknown or fixed key and a bad value have
// the reasons [ReasonUnknown] and [ReasonInvalid], a key that environment or
// flag hold fast has [ReasonLocked].
func (r *Resolved) Change(changes map[string]any) (stored map[string]string, next *Resolved, err error) {
	var faults Errors
	stored = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		text, fault := r.change(name, changes[name])
		if fault != nil {
			faults = append(faults, fault)
			continue
		}
		stored[name] = text
	}
	if err := faults.orNil(); err != nil {
		return nil, nil, err
	}
	merged := maps.Clone(r.sources.Database)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, stored)
	next, err = r.WithDatabase(merged)
	if err != nil {
		return nil, nil, err
	}
	return stored, next, nil
}

func (r *Resolved) change(name string, value any) (string, *Error) {
	k, ok := Lookup(name)
	if !ok {
		return "", unknownKey(name, "")
	}
	if !k.Runtime {
		return "", &Error{Key: name, Reason: ReasonUnknown, Text: name + ": this setting cannot be changed at run time"}
	}
	for _, s := range r.Settings {
		if s.Key == name && s.Locked {
			return "", &Error{Key: name, Reason: ReasonLocked, Text: name + ": held fast by " + s.From}
		}
	}
	given, ok := unshape(value)
	_, quoted := value.(string)
	if !ok || quoted != (k.Kind == KindString) || (value == nil && k.Kind != KindOptionalFloat) {
		return "", badValue(k, "the value", "", errors.New("it must be "+k.Allowed))
	}
	read, err := k.read(given, Host{})
	if err != nil {
		return "", badValue(k, given.shown(), "", err)
	}
	return k.text(read), nil
}
