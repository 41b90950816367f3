package mongo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"hailong/server/store"
)

// stored is a document as the server gives it.
type stored struct {
	Key     string   `bson:"_id"`
	Order   string   `bson:"o"`
	Version int64    `bson:"v"`
	Body    bson.Raw `bson:"b"`
}

// sortable is the field by which a document is found in its order.
func sortable(d store.Doc) string { return d.Order + "\x00" + d.Key }

// document is d as it is stored.
func document(d store.Doc) (bson.D, error) {
	body, err := parse(d.Body)
	if err != nil {
		return nil, err
	}
	return bson.D{
		{Key: "_id", Value: d.Key},
		{Key: "o", Value: sortable(d)},
		{Key: "v", Value: d.Version},
		{Key: "b", Value: body},
	}, nil
}

func (s stored) doc() (store.Doc, error) {
	order, found := strings.CutSuffix(s.Order, "\x00"+s.Key)
	if !found {
		return store.Doc{}, fmt.Errorf("%w: its order does not end with its key", store.ErrInvalid)
	}
	body, err := appendObject(nil, s.Body)
	if err != nil {
		return store.Doc{}, err
	}
	return store.Doc{Key: s.Key, Order: order, Version: s.Version, Body: body}, nil
}

// parse reads a JSON object that has passed the check. It is not read as
// extended JSON: an object is an object, whatever its keys are.
func parse(body []byte) (bson.D, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	object, ok := v.(bson.D)
	if !ok {
		return nil, fmt.Errorf("%w: the body is not a JSON object", store.ErrInvalid)
	}
	return object, nil
}

func parseValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return parseNumber(t.String())
	case json.Delim:
		if t == '{' {
			return parseObject(d)
		}
		return parseArray(d)
	}
	return t, nil // string, bool, nil
}

func parseObject(d *json.Decoder) (any, error) {
	object := bson.D{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		object = append(object, bson.E{Key: key.(string), Value: v}) // JSON has no other keys
	}
	_, err := d.Token()
	return object, err
}

func parseArray(d *json.Decoder) (any, error) {
	array := bson.A{}
	for d.More() {
		v, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := d.Token()
	return array, err
}

// parseNumber makes an integer of what is one and fits, but not of -0.
func parseNumber(s string) (any, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil && s != "-0" {
		return i, nil
	}
	return strconv.ParseFloat(s, 64)
}

func appendObject(b []byte, raw bson.Raw) ([]byte, error) {
	elements, err := raw.Elements()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	b = append(b, '{')
	for i, e := range elements {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, e.Key()), ':')
		if b, err = appendValue(b, e.Value()); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendValue(b []byte, v bson.RawValue) ([]byte, error) {
	switch v.Type {
	case bson.TypeString:
		return appendString(b, v.StringValue()), nil
	case bson.TypeInt64:
		return strconv.AppendInt(b, v.Int64(), 10), nil
	case bson.TypeInt32:
		return strconv.AppendInt(b, int64(v.Int32()), 10), nil
	case bson.TypeDouble:
		return appendDouble(b, v.Double())
	case bson.TypeBoolean:
		return strconv.AppendBool(b, v.Boolean()), nil
	case bson.TypeNull:
		return append(b, "null"...), nil
	case bson.TypeEmbeddedDocument:
		return appendObject(b, v.Document())
	case bson.TypeArray:
		values, err := v.Array().Values()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", store.ErrInvalid, err)
		}
		b = append(b, '[')
		for i, v := range values {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendValue(b, v); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	return nil, fmt.Errorf("%w: it holds a %s, which was not written here", store.ErrInvalid, v.Type)
}

// appendDouble writes the shortest digits that are read back as the same
// number. From 2^53 on it writes an exponent: all the digits would look like
// an integer, which is another one.
func appendDouble(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%w: it holds a number that JSON has not", store.ErrInvalid)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1<<53) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64), nil
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string can always be written
				panic(err)
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
