package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"hailong/server/store"
)

// A Poster (áp phích) is a QR code that hangs at a counter for everybody to scan.
// Who answers by it may be anybody, as often as the limits let them: such
// answers have a lane of their own, and no part in the coverage of slips.
type Poster struct {
	ID      string `json:"-"` // in its address; no secret
	Unit    string `json:"unit"`
	Counter string `json:"counter,omitempty"` // "" is the whole desk
	Made    Day    `json:"made"`
	By      string `json:"by"`
	Revoked bool   `json:"revoked,omitempty"` // taken down
}

func (p Poster) order() string { return p.Unit + "/" + string(p.Made) }

// Place is where the poster hangs, in words.
func (p Poster) Place() string {
	if p.Counter == "" {
		return "Toàn bộ phận"
	}
	return p.Counter
}

const (
	posterLen  = 8
	maxCounter = 80 // characters of a counter's name
)

// AddPoster makes a poster for a counter, "" for the whole desk. One counter may
// have several: each can be taken down by itself. ErrInvalid: the name is too long.
func (s *Service) AddPoster(ctx context.Context, u User, counter string) (Poster, error) {
	counter = strings.Join(strings.Fields(cleanComment(counter)), " ")
	if utf8.RuneCountInString(counter) > maxCounter {
		return Poster{}, fmt.Errorf("%w: tên quầy dài quá %d ký tự / the counter's name is too long", ErrInvalid, maxCounter)
	}
	p := Poster{Unit: s.Config.Unit, Counter: counter, Made: s.Today(), By: u.Name}
	for range 20 {
		var err error
		if p.ID, err = s.drawCode(posterLen); err != nil {
			return Poster{}, err
		}
		err = insert(ctx, s.Store, collPosters, p.ID, p.order(), p)
		if errors.Is(err, store.ErrExists) {
			continue
		}
		if err != nil {
			return Poster{}, fmt.Errorf("storing a poster: %w", err)
		}
		return p, s.Audit(ctx, u.Name, "poster_add", p.ID+" "+p.Counter)
	}
	return Poster{}, fmt.Errorf("storing a poster: %w", store.ErrExists)
}

// Posters lists the unit's posters, the newest first, those taken down too.
func (s *Service) Posters(ctx context.Context) ([]Poster, error) {
	var out []Poster
	r := store.Range{From: s.Config.Unit + "/", To: s.Config.Unit + "0", ByOrder: true, Reverse: true}
	for d, err := range s.Store.Scan(ctx, collPosters, r) {
		if err != nil {
			return nil, fmt.Errorf("listing posters: %w", err)
		}
		p := Poster{ID: d.Key}
		if err := json.Unmarshal(d.Body, &p); err != nil {
			return nil, fmt.Errorf("decoding a poster: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// Poster reads one poster, in any case of its id. ErrNotFound: there is none;
// ErrGone: it was taken down, and is returned with the error.
func (s *Service) Poster(ctx context.Context, id string) (Poster, error) {
	p, _, err := s.poster(ctx, id)
	if err == nil && p.Revoked {
		err = fmt.Errorf("the poster was taken down: %w", ErrGone)
	}
	return p, err
}

func (s *Service) poster(ctx context.Context, id string) (Poster, int64, error) {
	p := Poster{ID: strings.ToUpper(id)}
	if len(id) != posterLen {
		return p, 0, fmt.Errorf("%w: poster", ErrNotFound)
	}
	version, err := get(ctx, s.Store, collPosters, p.ID, &p)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return p, 0, fmt.Errorf("%w: poster", ErrNotFound)
	}
	if err == nil && p.Unit != s.Config.Unit {
		err = fmt.Errorf("%w: poster", ErrNotFound)
	}
	return p, version, err
}

// RevokePoster takes a poster down: who scans it from then on is told so. Its
// answers stay. Doing it again changes nothing.
func (s *Service) RevokePoster(ctx context.Context, u User, id string) error {
	for range 20 {
		p, version, err := s.poster(ctx, id)
		if err != nil || p.Revoked {
			return err
		}
		p.Revoked = true
		err = replace(ctx, s.Store, collPosters, p.ID, p.order(), version, p)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("taking a poster down: %w", err)
		}
		return s.Audit(ctx, u.Name, "poster_revoke", p.ID+" "+p.Counter)
	}
	return fmt.Errorf("taking a poster down: %w", store.ErrConflict)
}

// PosterURL is the address on the poster, in upper case as on a slip.
func (s *Service) PosterURL(p Poster) string {
	return strings.ToUpper(s.Config.BaseURL) + "/P/" + p.ID
}

var onceForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// AcceptPoster stores an answer given by a poster, in its lane. Once is drawn for
// each form that is shown (see NewOnce): the same form sent twice is stored
// once, with another answer it is ErrAnswered. Other errors are those of Poster,
// *Faults, and ErrInvalid for a form that was not ours.
func (s *Service) AcceptPoster(ctx context.Context, id, once string, sub Submission) (Receipt, error) {
	p, err := s.Poster(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	if !onceForm.MatchString(once) {
		return Receipt{}, fmt.Errorf("%w: not a form of this poster", ErrInvalid)
	}
	marks, detail, err := s.read(&sub)
	if err != nil {
		return Receipt{}, err
	}
	secret := "poster/" + p.ID + "/" + once
	a := Answer{
		ID: oneWay(s.keys.answer, secret), Unit: p.Unit, Survey: sub.Survey, Day: s.Today(), Lane: LanePoster,
		Counter: p.Counter, Marks: marks, Comment: sub.Comment, Reasons: sub.Reasons, Lang: sub.Lang,
	}
	s.setDetail(&a, detail)
	return s.storeAnswer(ctx, a, secret)
}

// NewOnce draws the number of a form that is sent once.
func (s *Service) NewOnce() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a form's number: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
