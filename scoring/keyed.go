package scoring

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Keyed is a JSON object whose keys keep their order, that of the survey.
type Keyed[T any] []Entry[T]

// An Entry is one member of a Keyed.
type Entry[T any] struct {
	Key   string
	Value T
}

// Get returns the value of a key.
func (k Keyed[T]) Get(key string) (value T, ok bool) {
	for _, e := range k {
		if e.Key == key {
			return e.Value, true
		}
	}
	return value, false
}

func (k *Keyed[T]) put(key string, value T) { *k = append(*k, Entry[T]{key, value}) }

// MarshalJSON writes an object.
func (k Keyed[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range k {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(e.Key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(e.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Key, err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps the order of its keys.
func (k *Keyed[T]) UnmarshalJSON(data []byte) error {
	*k = nil
	dec := json.NewDecoder(bytes.NewReader(data))
	open, err := dec.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("scoring: an object was expected, not %v", open)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var value T
		if err := dec.Decode(&value); err != nil {
			return err
		}
		k.put(key.(string), value)
	}
	_, err = dec.Token()
	return err
}
