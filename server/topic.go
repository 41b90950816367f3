package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Topic (chủ đề) is what a complaint is about.
type Topic struct {
	ID, Name string
	words    *regexp.Regexp // in folded text; nil: only people choose it
}

// topics is the list of Topics.
var topics = []Topic{
	newTopic("thai-do", "Thái độ", `thai do|cau gat|quat mang|quat nat|lich su|ton trong|can nhan|kho chiu|tho o`),
	newTopic("cho-lau", "Chờ lâu", `cho lau|doi lau|(?:cho|doi) (?:ca|mat|hon|qua)|xep hang|lay so|dong nguoi|ca buoi|ca ngay`),
	newTopic("tre-hen", "Trễ hẹn", `tre hen|qua hen|sai hen|cham tre|cham tra|khong dung hen|hen lai`),
	newTopic("giay-to", "Thủ tục, giấy tờ", `giay to|thu tuc|bo sung|ruom ra|di lai nhieu lan|photo|ban sao`),
	newTopic("huong-dan", "Hướng dẫn", `huong dan|giai thich|chi dan|khong ro|kho hieu`),
	newTopic("phi", "Phí, lệ phí", `muc phi|thu phi|le phi|bien lai|hoa don`),
	newTopic("co-so", "Chỗ ngồi, trang thiết bị", `cho ngoi|ghe|nong nuc|dieu hoa|ve sinh|gui xe|do xe|may moc|thiet bi|bien hieu`),
	newTopic("truc-tuyen", "Nộp trực tuyến", `truc tuyen|dich vu cong|vneid|phan mem|tai khoan|loi mang|mang (?:cham|loi|yeu)`),
	newTopic("ket-qua", "Kết quả có sai sót", `sai (?:ten|ngay|so|thong tin|chinh ta|dia chi)|nham (?:ten|ngay|so|lan)|dinh chinh|lam lai|in sai|ghi sai`),
	{ID: "khac", Name: "Khác"},
}

func newTopic(id, name, words string) Topic {
	return Topic{id, name, regexp.MustCompile(`\b(?:` + words + `)\b`)}
}

// Topics lists the topics of complaints, after the criteria of the full form.
func Topics() []Topic { return slices.Clone(topics) }

// topicsOf finds the topics that a text speaks of, by its words.
func topicsOf(text string) []string {
	var out []string
	folded := Fold(text)
	for _, t := range topics {
		if t.words != nil && t.words.MatchString(folded) {
			out = append(out, t.ID)
		}
	}
	return out
}

// About returns the topics of a case: those that somebody chose, or else those
// its words speak of.
func (c Case) About() []string {
	if c.Topics != nil {
		return c.Topics
	}
	return topicsOf(c.Text)
}

// SetTopics says what a case is about. Version is the one the user looked at.
// ErrInvalid: nothing was chosen, or something that is no topic.
func (s *Service) SetTopics(ctx context.Context, u User, id string, version int64, about []string) error {
	var chosen, names []string
	for _, t := range topics {
		if slices.Contains(about, t.ID) {
			chosen, names = append(chosen, t.ID), append(names, t.Name)
		}
	}
	if len(chosen) == 0 || len(chosen) < len(slices.Compact(slices.Sorted(slices.Values(about)))) {
		return fmt.Errorf("%w: no such topic", ErrInvalid)
	}
	err := s.changeCase(ctx, u, id, version, func(c *Case) error {
		c.Topics = chosen
		c.step(s.Now(), u.Name, StepTopics, strings.Join(names, ", "))
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, u.Name, "case_topics", id); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// ObjectDays is for how many days after a reply its citizen can object to it.
const ObjectDays = 30

// CanObject reports whether the citizen can still object to the reply.
func (c CaseStatus) CanObject(today Day) bool {
	return c.State == CaseReplied && today <= c.Replied.Add(ObjectDays)
}

// Object opens a case again because its citizen, who holds the receipt, is not
// content with the reply (người dân chưa đồng ý). The note is masked and may not
// be empty. ErrNotFound: the receipt has no case; ErrInvalid: no note;
// ErrGone: there is no reply, or it is older than ObjectDays.
func (s *Service) Object(ctx context.Context, receipt, note string) error {
	receipt, err := parseReceipt(receipt)
	if err != nil {
		return err
	}
	c, err := s.caseOf(ctx, receipt)
	if err != nil {
		return err
	}
	officers, err := s.officers(ctx)
	if err != nil {
		return err
	}
	if c.Officer != "" {
		officers = append(slices.Clip(officers), c.Officer)
	}
	if note = Mask(cleanComment(note), officers); note == "" {
		return fmt.Errorf("%w: a note is needed", ErrInvalid)
	}
	today := s.Today()
	err = s.changeCase(ctx, User{Role: RoleLeader}, c.ID, 0, func(c *Case) error {
		if !c.status().CanObject(today) {
			return fmt.Errorf("%w: there is no reply to object to", ErrGone)
		}
		c.State, c.Owner, c.Escalated = CaseNew, "", false
		c.Due = s.AfterWorkdays(today, ClockTake)
		c.step(today.Time(), "", StepObjected, note) // the day only, as when it was opened
		return nil
	})
	if err != nil && !errors.Is(err, ErrGone) {
		return fmt.Errorf("objecting to a reply: %w", err)
	}
	return err
}
