package web

import (
	"slices"

	"hailong/server"
)

// A menuGroup is one entry of the first line of the menu. The second line holds
// the pages of the group in which the reader is, where there are several.
type menuGroup struct {
	Label   string
	Path    string // of its first page
	Current bool
	Pages   []menuPage
}

// A menuPage is one page of the menu: the section it is, as frame.Section says.
type menuPage struct {
	Section, Label, Path string
	Current              bool
	who                  []server.Role // nil: everybody, signed in or not
	city                 bool          // only in a unit that is a city
}

// figureRoles are who sees figures: everybody but the officers at the desk.
func figureRoles() []server.Role {
	return []server.Role{server.RoleLeader, server.RoleReporter, server.RoleInspector, server.RoleObserver, server.RoleAdmin}
}

// menu lists every page that can be gone to, in the order of the menu. A page
// that is reached from another one only is not in it.
func menu() []menuGroup {
	figures := figureRoles()
	analysts := []server.Role{server.RoleLeader, server.RoleReporter, server.RoleInspector, server.RoleAdmin}
	desk := []server.Role{server.RoleOfficer, server.RoleReporter, server.RoleAdmin}
	keyers := []server.Role{server.RoleReporter, server.RoleAdmin}
	return []menuGroup{
		{Label: "Tổng quan", Pages: []menuPage{{Section: "overview", Label: "Tổng quan", Path: "/tong-quan", who: figures}}},
		{Label: "Các đơn vị", Pages: []menuPage{{Section: "wards", Label: "Các đơn vị", Path: "/cac-don-vi", who: figures, city: true}}},
		{Label: "Của tôi", Pages: []menuPage{{Section: "own", Label: "Của tôi", Path: "/cua-toi", who: []server.Role{server.RoleOfficer}}}},
		{Label: "Phân tích", Pages: []menuPage{
			{Section: "course", Label: "Diễn biến", Path: "/dien-bien", who: figures},
			{Section: "analysis", Label: "Vì sao", Path: "/phan-tich", who: analysts},
			{Section: "hours", Label: "Giờ và thứ", Path: "/theo-gio", who: analysts},
			{Section: "respondents", Label: "Ai trả lời", Path: "/ai-tra-loi", who: analysts},
		}},
		{Label: "Phản ánh", Pages: []menuPage{
			{Section: "cases", Label: "Phản ánh", Path: "/phan-anh", who: caseRoles()},
			{Section: "probity", Label: "Liêm chính", Path: "/liem-chinh", who: caseRoles()},
		}},
		{Label: "Nghi vấn", Pages: []menuPage{
			{Section: "suspicion", Label: "Nghi vấn", Path: "/nghi-van", who: suspicionRoles()},
			{Section: "recheck", Label: "Phúc tra", Path: "/phuc-tra", who: recheckRoles()},
		}},
		{Label: "Thu thập", Pages: []menuPage{
			{Section: "plan", Label: "Kế hoạch", Path: "/ke-hoach-thu-thap", who: planRoles()},
			{Section: "returned", Label: "Trả kết quả", Path: "/tra-ket-qua", who: desk},
			{Section: "paper", Label: "Nhập phiếu giấy", Path: "/nhap-phieu", who: keyers},
			{Section: "posters", Label: "Áp phích QR", Path: "/ap-phich", who: keyers},
			{Section: "devices", Label: "Thiết bị", Path: "/thiet-bi", who: kioskRoles()},
		}},
		{Label: "Báo cáo", Pages: []menuPage{
			{Section: "reports", Label: "Báo cáo", Path: "/bao-cao", who: reportRoles()},
			{Section: "audit", Label: "Nhật ký", Path: "/nhat-ky", who: []server.Role{server.RoleAdmin}},
		}},
		{Label: "Công khai", Pages: []menuPage{
			{Section: "board", Label: "Kết quả công khai", Path: "/cong-khai"},
			{Section: "ledger", Label: "Sổ kiểm chứng", Path: "/so-kiem-chung"},
			{Section: "methods", Label: "Cách tính", Path: "/phuong-phap"},
		}},
		{Label: "Đăng nhập", Pages: []menuPage{{Section: "signin", Label: "Đăng nhập", Path: "/dang-nhap", who: []server.Role{""}}}},
	}
}

// menuFor returns the menu of a role, "" for who is not signed in, with the place
// of a section marked.
func menuFor(role server.Role, section string, city bool) []menuGroup {
	var out []menuGroup
	for _, g := range menu() {
		var pages []menuPage
		all := len(g.Pages)
		for _, p := range g.Pages {
			if p.who != nil && !slices.Contains(p.who, role) || p.city && !city {
				continue
			}
			p.Current = p.Section == section
			g.Current = g.Current || p.Current
			pages = append(pages, p)
		}
		if len(pages) == 0 {
			continue
		}
		if g.Pages, g.Path = pages, pages[0].Path; len(pages) == 1 && len(pages) < all {
			g.Label = pages[0].Label // the group's name would promise more
		}
		out = append(out, g)
	}
	return out
}
