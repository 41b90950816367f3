package web

import (
	"github.com/gin-gonic/gin"

	"hailong/server"
)

// routes is the map of the building: method, path, who, handler.
func (s *Site) routes(r *gin.Engine) {
	h := s.handle

	// Citizens.
	for _, q := range []string{"/q", "/Q"} { // the QR holds the address in upper case
		r.GET(q, h(s.typeCode))
		r.POST(q, h(s.codeTyped))
		r.GET(q+"/:code", h(s.showSurvey))
		r.POST(q+"/:code", h(s.acceptAnswer))
		r.GET(q+"/:code/cam-on", h(s.thanks))
		r.GET(q+"/:code/sua", h(s.changeSurvey))
		r.POST(q+"/:code/sua", h(s.changeAnswer))
		r.GET(q+"/:code/rut", h(s.withdrawPage))
		r.POST(q+"/:code/rut", h(s.withdrawAnswer))
	}
	for _, p := range []string{"/p", "/P"} { // of a poster, as above
		r.GET(p+"/:poster", h(s.showPoster))
		r.POST(p+"/:poster", h(s.posterAnswer))
	}
	r.GET("/bien-nhan", h(s.receiptForm))
	r.POST("/bien-nhan", h(s.receiptLookup))
	r.GET("/thong-bao", h(s.notice))
	r.GET("/", h(s.home))
	r.GET("/phuong-phap", h(s.methodsPage))
	r.GET("/cong-khai", h(s.board))
	r.GET("/cong-khai.json", h(s.boardJSON))
	r.GET("/cong-khai/ap-phich.pdf", h(s.poster))
	r.GET("/so-kiem-chung", h(s.ledgerPage))
	r.POST("/so-kiem-chung", h(s.ledgerLookup))
	r.GET("/so-kiem-chung/checkpoint.txt", h(s.ledgerCheckpoint))
	r.GET("/so-kiem-chung/nhat-quan.json", h(s.ledgerConsistency))

	// Kiosk.
	r.GET("/kiosk", h(s.kioskShell))
	r.POST("/kiosk", h(s.kioskForm)) // where wasm does not run
	r.POST("/kiosk/pair", h(s.pairForm))
	r.GET("/kiosk/:file", h(s.kioskFile))

	// Programs.
	api := r.Group("/api/v1")
	api.POST("/answers", h(s.apiAnswers))
	api.POST("/kiosk/pair", h(s.apiPair))
	api.POST("/kiosk/heartbeat", h(s.apiHeartbeat))
	api.GET("/kiosk/events", h(s.apiEvents))
	api.PUT("/dossiers/:code", h(s.apiPutDossier))
	api.POST("/dossiers/:code/return", h(s.apiReturnDossier))
	api.PUT("/units/:unit/packs/:period", h(s.apiTakePack))
	api.GET("/index", h(s.apiIndex))
	api.GET("/coverage", h(s.apiCoverage))
	api.GET("/reports/:file", h(s.apiReport))
	r.GET("/api/openapi.json", h(s.openAPI))

	// Staff.
	r.GET("/dang-nhap", h(s.signInPage))
	r.POST("/dang-nhap", h(s.signIn))
	r.GET("/dang-nhap/ma", h(s.codePage))
	r.POST("/dang-nhap/ma", h(s.codeGiven))
	r.GET(ssoPath, h(s.ssoBegin))
	r.GET(ssoBack, h(s.ssoDone))
	r.POST("/dang-xuat", h(s.signOut))
	figures := []server.Role{server.RoleLeader, server.RoleReporter, server.RoleInspector, server.RoleObserver, server.RoleAdmin}
	keyers := []server.Role{server.RoleReporter, server.RoleAdmin}
	analysts := analystRoles()
	r.GET("/tong-quan", s.only(figures...), h(s.dashboard))
	r.GET("/cac-don-vi", s.only(figures...), h(s.wards))
	r.GET("/cua-toi", s.only(server.RoleOfficer), h(s.ownPage))
	r.GET("/phan-anh", s.only(caseRoles()...), h(s.casesPage))
	r.GET("/liem-chinh", s.only(caseRoles()...), h(s.probityPage))
	r.GET("/phan-anh/:id", s.only(caseRoles()...), h(s.casePage))
	r.POST("/phan-anh/:id", s.only(caseRoles()...), h(s.caseAct))
	r.POST("/phan-anh/:id/chung-cu", s.only(caseRoles()...), h(s.attachEvidence))
	r.POST("/phan-anh/:id/chung-cu/:file", s.only(caseRoles()...), h(s.evidenceFile))
	everybody := append([]server.Role{server.RoleOfficer}, figures...)
	r.GET("/mat-khau", s.only(everybody...), h(s.passwordPage))
	r.POST("/mat-khau", s.only(everybody...), h(s.passwordChanged))
	r.GET("/dien-bien", s.only(figures...), h(s.course))
	r.POST("/dien-bien", s.only(noteRoles()...), h(s.annotate))
	r.GET(secondFactorPath, s.only(everybody...), h(s.secondFactorPage))
	r.POST(secondFactorPath, s.only(everybody...), h(s.secondFactorAct))
	r.GET("/theo-gio", s.only(analysts...), h(s.hours))
	r.GET("/phuc-tra", s.only(recheckRoles()...), h(s.rechecks))
	r.POST("/phuc-tra", s.only(recheckerRoles()...), h(s.drawRecheck))
	r.GET("/phuc-tra/:id", s.only(recheckRoles()...), h(s.recheckPage))
	r.POST("/phuc-tra/:id", s.only(recheckerRoles()...), h(s.enterRecheck))
	r.GET("/phuc-tra/:id/:file", s.only(recheckRoles()...), h(s.recheckFile))
	r.GET("/ke-hoach-thu-thap", s.only(planRoles()...), h(s.planPage))
	r.GET("/nghi-van", s.only(suspicionRoles()...), h(s.suspicionPage))
	r.POST("/nghi-van", s.only(decideRoles()...), h(s.proposeQuarantine))
	r.POST("/nghi-van/:id", s.only(decideRoles()...), h(s.decideQuarantine))
	r.GET("/ai-tra-loi", s.only(analysts...), h(s.respondentsPage))
	r.GET("/phan-tich", s.only(analysts...), h(s.analysis))
	r.GET("/nhap-phieu", s.only(keyers...), h(s.paperPage))
	r.POST("/nhap-phieu", s.only(keyers...), h(s.enterPaper))
	r.GET("/nhap-phieu/mau.xlsx", s.only(keyers...), h(s.paperTemplate))
	r.POST("/nhap-phieu/bang-tinh", s.only(keyers...), h(s.importPaper))
	r.GET("/ap-phich", s.only(keyers...), h(s.posters))
	r.POST("/ap-phich", s.only(keyers...), h(s.addPoster))
	r.GET("/ap-phich/:id/in.pdf", s.only(keyers...), h(s.posterPDF))
	r.POST("/ap-phich/:id/go", s.only(keyers...), h(s.revokePoster))
	r.GET("/xuat/chi-so.csv", s.only(figures...), h(s.exportCSV))
	r.GET("/xuat/do-phu.csv", s.only(analysts...), h(s.coverageCSV))
	r.GET("/xuat/chi-so.xlsx", s.only(figures...), h(s.exportXLSX))
	desk := []server.Role{server.RoleOfficer, server.RoleReporter, server.RoleAdmin}
	r.GET("/tra-ket-qua", s.only(desk...), h(s.returnPage))
	r.POST("/tra-ket-qua", s.only(desk...), h(s.returned))
	r.GET("/thiet-bi", s.only(kioskRoles()...), h(s.devices))
	r.POST("/thiet-bi", s.only(server.RoleAdmin), h(s.offerPairing))
	r.GET("/thiet-bi/:id", s.only(server.RoleAdmin), h(s.deviceForm))
	r.POST("/thiet-bi/:id", s.only(server.RoleAdmin), h(s.deviceChanged))
	r.POST("/thiet-bi/:id/ghep", s.only(server.RoleAdmin), h(s.pairAgain))
	r.POST("/thiet-bi/:id/thu-hoi", s.only(server.RoleAdmin), h(s.deviceRevoked))

	r.GET("/nhat-ky", s.only(server.RoleAdmin), h(s.auditPage))
	r.GET("/nhat-ky.csv", s.only(server.RoleAdmin), h(s.auditCSV))

	r.GET("/bao-cao", s.only(reportRoles()...), h(s.reports))
	r.GET("/bao-cao/:period", s.only(reportRoles()...), h(s.reportPage))
	r.GET("/bao-cao/:period/bang-chung.zip", s.only(reportRoles()...), h(s.evidence))
	r.POST("/bao-cao/:period", s.only(reportRoles()...), h(s.saveReport))
	r.POST("/bao-cao/:period/chot", s.only(reportRoles()...), h(s.closeReport))
	r.POST("/bao-cao/:period/bo-sung", s.only(reportRoles()...), h(s.amendReport))
	r.POST("/bao-cao/:period/gui", s.only(reportRoles()...), h(s.dispatchReport))
	r.POST("/bao-cao/:period/mo-lai", s.only(reopenRoles()...), h(s.reopenReport))

	// Operation.
	r.GET("/healthz", h(s.healthz))
	r.GET("/readyz", h(s.readyz))
	r.GET("/metrics", h(s.metricsPage))
	r.GET("/static/*file", h(s.static))
}
