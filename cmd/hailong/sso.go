package main

import (
	"fmt"
	"net/url"
	"strings"

	"hailong/server/web"
)

// ssoFlags name the identity provider of the house.
type ssoFlags struct {
	OIDCIssuer       string `name:"oidc-issuer" placeholder:"URL" help:"Hệ thống đăng nhập một lần (OpenID Connect) / the identity provider"`
	OIDCClientID     string `name:"oidc-client-id" placeholder:"ID" help:"Mã ứng dụng ở đó / client id there"`
	OIDCClientSecret string `name:"oidc-client-secret" placeholder:"SECRET" help:"Khóa ứng dụng; nên đặt bằng HAILONG_OIDC_CLIENT_SECRET / client secret; better by HAILONG_OIDC_CLIENT_SECRET"`
	OIDCNameClaim    string `name:"oidc-name-claim" default:"email" placeholder:"CLAIM" help:"Thuộc tính so với tài khoản đã gắn (hailong user sso) / claim that is compared with a user's account"`
	OIDCRoleClaim    string `name:"oidc-role-claim" placeholder:"CLAIM" help:"Thuộc tính chứa vai trò; có nó thì người dùng được tự thêm / claim with the role; with it users are added"`
	OIDCUnitClaim    string `name:"oidc-unit-claim" placeholder:"CLAIM" help:"Thuộc tính chứa mã đơn vị của người được tự thêm; cần khi kho có nhiều đơn vị / claim with the unit of users who are added; needed with several units"`
	OIDCLabel        string `name:"oidc-label" placeholder:"TEXT" help:"Tên hiện trên nút đăng nhập / name on the button"`
}

func (f ssoFlags) config() (web.SingleSignOn, error) {
	var none web.SingleSignOn
	if f.OIDCIssuer == "" {
		return none, nil
	}
	u, err := url.Parse(f.OIDCIssuer)
	local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return none, fmt.Errorf("%w: --oidc-issuer: cần địa chỉ https / an https address is needed", errUsage)
	}
	if strings.TrimSpace(f.OIDCClientID) == "" {
		return none, fmt.Errorf("%w: --oidc-client-id: thiếu / is missing", errUsage)
	}
	return web.SingleSignOn{Issuer: f.OIDCIssuer, ClientID: f.OIDCClientID, ClientSecret: f.OIDCClientSecret,
		NameClaim: f.OIDCNameClaim, RoleClaim: f.OIDCRoleClaim, UnitClaim: f.OIDCUnitClaim, Label: f.OIDCLabel}, nil
}
