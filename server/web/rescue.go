package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"hailong/server"
)

// A Rescue says what became of answers that were carried here in a file
// because the kiosk had no line (xuất cứu hộ).
type Rescue struct {
	Records  int             `json:"records"`
	Stored   int             `json:"stored"`
	Already  int             `json:"already"` // had arrived before
	Rejected []RescueProblem `json:"rejected"`
}

// A RescueProblem is one record that was not taken. It repeats nothing of the
// answer.
type RescueProblem struct {
	Record int    `json:"record"` // its place in the file, from 1
	ID     string `json:"id"`
	Status string `json:"status"` // conflict or refused
	Reason string `json:"reason"` // as in POST /api/v1/answers
	Detail string `json:"detail"` // for people
}

// maxRescued is the largest record taken from a file, in bytes.
const maxRescued = maxAnswersBody

// ImportAnswers takes the answers that a kiosk exported: the JSON array that it
// would have sent to POST /api/v1/answers, of any length, or the texts of the QR
// codes that it showed, as readRescueCodes takes them. Each record is taken
// as it would be from the kiosk itself, under the same id, so a record that
// arrives both ways is stored once, and the same file again stores nothing.
// Walk-up answers count at the device's counter, and times are corrected by
// its last measured skew.
//
// A file that is neither is ErrInvalid, and so are codes of which one is
// missing, after the series that are complete were taken; a store that fails
// ends the import. What was stored before stays, and importing again is safe.
func ImportAnswers(ctx context.Context, svc *server.Service, device server.Device, r io.Reader, lang string) (Rescue, error) {
	out := Rescue{Rejected: []RescueProblem{}}
	in := bufio.NewReader(r)
	if b, err := in.Peek(3); err == nil && string(b) == "\ufeff" {
		_, _ = in.Discard(3) // they were there
	}
	first, err := in.Peek(1)
	for ; err == nil && strings.IndexByte(" \t\r\n", first[0]) >= 0; first, err = in.Peek(1) {
		_, _ = in.Discard(1)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return out, fmt.Errorf("reading the file: %w", err)
	}
	if err == nil && first[0] != '[' && first[0] != '{' {
		whole, err := readRescueCodes(in)
		for _, text := range whole {
			if err := out.take(ctx, svc, device, bytes.NewReader(text), lang); err != nil {
				return out, err
			}
		}
		return out, err
	}
	return out, out.take(ctx, svc, device, in, lang)
}

// take takes one array of records.
func (out *Rescue) take(ctx context.Context, svc *server.Service, device server.Device, r io.Reader, lang string) error {
	bad := func(err error) error {
		return fmt.Errorf("%w: record %d: not a JSON array of answers: %v", server.ErrInvalid, out.Records+1, jsonFault(err))
	}
	d := json.NewDecoder(r)
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return bad(err)
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return bad(err)
		}
		out.Records++
		if len(raw) > maxRescued {
			return fmt.Errorf("%w: record %d is too large", server.ErrInvalid, out.Records)
		}
		v, _, err := takeRecord(ctx, svc, device, raw, lang)
		if err != nil {
			return fmt.Errorf("record %d: %w", out.Records, err)
		}
		switch v.Status {
		case answerStored:
			out.Stored++
		case answerAlready:
			out.Already++
		default:
			p := RescueProblem{Record: out.Records, ID: v.ID, Status: string(v.Status), Reason: v.Reason, Detail: v.Detail}
			for _, e := range v.Errors {
				p.Detail += "; " + e.Item + ": " + e.Detail
			}
			out.Rejected = append(out.Rejected, p)
		}
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return bad(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad(errors.New("something after the array"))
	}
	return nil
}

// jsonFault says where a document breaks off, without repeating any of it.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return "it does not begin with ["
	case errors.As(err, &syntax):
		return fmt.Sprintf("wrong at byte %d", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it breaks off"
	}
	return err.Error()
}
