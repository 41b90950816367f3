package server

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Profile (hồ sơ đơn vị) says who the unit is and to whom it reports, as data:
// a ward before 1 July 2025 answers to its district, one after it to the city,
// and the two wards are different units even where they share a name.
type Profile struct {
	ID   string // 2024-quan
	Unit string // the id in answers and dossiers
	// Name is what people call the authority, Place the place in the date line,
	// and Full the name with what it belongs to.
	Name, Full, Place string
	// Authority and Body are the two lines of the letterhead.
	Authority, Body string
	Desk            string // the one-stop desk
	Symbol          string // of the document's number: BC-UBND
	Addressee       string // Kính gửi
	Recipients      []string
	Plan            string // the plan whose targets are reported on
	Signer          string // lines of the signature, by newlines
	// Duties are the reports of a year.
	Duties []Duty
}

// A Duty is one report that is due every year (chế độ báo cáo): it is sent
// before the given day.
type Duty struct {
	Part       string // Q1, H1, Q3, or "" for the year
	Month, Day int
}

// planDuties are the four reports of the plan: quarterly and six-month reports
// before the 5th of the quarter's last month, the year's before 5 December.
var planDuties = [...]Duty{{"Q1", 3, 5}, {"H1", 6, 5}, {"Q3", 9, 5}, {"", 12, 5}}

// profiles lists the known profiles, the default first.
func profiles() []Profile {
	return []Profile{
		{
			ID: "2024-quan", Unit: "phu-lien-2024",
			Name: "UBND phường Phù Liễn", Full: "UBND phường Phù Liễn, quận Kiến An", Place: "Phù Liễn",
			Authority: "ỦY BAN NHÂN DÂN", Body: "PHƯỜNG PHÙ LIỄN", Desk: "Bộ phận một cửa", Symbol: "BC-UBND",
			Addressee:  "Ủy ban nhân dân quận Kiến An\n(qua Phòng Nội vụ)",
			Recipients: []string{"Như trên", "Phòng Nội vụ quận Kiến An", "Thường trực Đảng ủy, HĐND phường", "Chủ tịch, các Phó Chủ tịch UBND phường"},
			Plan:       "Kế hoạch cải cách hành chính phường Phù Liễn năm 2024 (ban hành kèm theo Quyết định số 19/QĐ-UBND ngày 24/01/2024 của Ủy ban nhân dân phường Phù Liễn)",
			Signer:     "CHỦ TỊCH", Duties: planDuties[:],
		},
		{
			ID: "2025-thanh-pho", Unit: "phu-lien-2025",
			Name: "UBND phường Phù Liễn", Full: "UBND phường Phù Liễn, thành phố Hải Phòng", Place: "Phù Liễn",
			Authority: "ỦY BAN NHÂN DÂN", Body: "PHƯỜNG PHÙ LIỄN", Desk: "Trung tâm Phục vụ hành chính công", Symbol: "BC-UBND",
			Addressee:  "Ủy ban nhân dân thành phố Hải Phòng\n(qua Sở Nội vụ)",
			Recipients: []string{"Như trên", "Sở Nội vụ thành phố Hải Phòng", "Thường trực Đảng ủy, HĐND phường", "Chủ tịch, các Phó Chủ tịch UBND phường"},
			Plan:       "kế hoạch cải cách hành chính của phường",
			Signer:     "CHỦ TỊCH", Duties: planDuties[:],
		},
	}
}

// ParseProfile finds a profile by its id; anything else is ErrInvalid.
func ParseProfile(id string) (Profile, error) {
	all := profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.ID == id })
	if i < 0 {
		return Profile{}, fmt.Errorf("%w: no profile %q: use 2024-quan or 2025-thanh-pho", ErrInvalid, id)
	}
	return all[i], nil
}

// profileOf is the profile of a unit. One that is not known is called by its
// id, and reports as the plan's ward does.
func profileOf(unit string) Profile {
	all := profiles()
	if i := slices.IndexFunc(all, func(p Profile) bool { return p.Unit == unit }); i >= 0 {
		return all[i]
	}
	return Profile{
		ID: "khac", Unit: unit, Name: unit, Full: unit, Place: unit, Authority: "ỦY BAN NHÂN DÂN", Body: strings.ToUpper(unit),
		Desk: "Bộ phận một cửa", Symbol: "BC-UBND", Addressee: "Cơ quan quản lý cấp trên", Recipients: []string{"Như trên"},
		Plan: "kế hoạch cải cách hành chính của đơn vị", Signer: "CHỦ TỊCH", Duties: planDuties[:],
	}
}

// Profile is the unit's profile: the configured one, or that of the unit's id.
func (s *Service) Profile() Profile {
	p := profileOf(s.Config.Unit)
	if u := s.unit; u.Level != "" && p.ID == "khac" {
		q, err := ParseProfile(cmp.Or(u.Profile, "2025-thanh-pho"))
		if err == nil { // checked by AddUnit
			name, _, _ := strings.Cut(u.Name, ",")
			place := strings.TrimSpace(name)
			for _, kind := range []string{"UBND", "Ủy ban nhân dân", "phường", "xã", "đặc khu", "thành phố"} {
				place = strings.TrimSpace(strings.TrimPrefix(place, kind))
			}
			body := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(name, "UBND"), "Ủy ban nhân dân"))
			p = q
			p.Unit, p.Name, p.Full, p.Place, p.Body = u.ID, name, u.Name, place, strings.ToUpper(body)
			p.Plan = "kế hoạch cải cách hành chính của đơn vị"
			if u.Authority != "" {
				p.Addressee, p.Recipients = u.Authority, []string{"Như trên"}
			}
		}
	}
	if s.Config.Profile != "" {
		if q, err := ParseProfile(s.Config.Profile); err == nil { // checked by New
			p = q
			p.Unit = s.Config.Unit
		}
	}
	return p
}
