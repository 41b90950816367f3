# Reference values for surveys of other shapes, with base R 4.2.2:
#   Rscript shapes.R
# writes {points,seven,yesno}.{csv,yaml,golden.json}. Everything is worked out
# from the rows, person by person, not from tallies.
options(digits = 15)
RNGversion("4.0.0")

js <- function(x) {
  if (is.list(x)) {
    if (length(x) == 0) return("{}")
    return(paste0("{", paste0("\"", names(x), "\":", vapply(x, js, ""), collapse = ","), "}"))
  }
  one <- function(v) if (is.na(v)) "null" else if (is.character(v)) paste0("\"", v, "\"") else formatC(v, digits = 15, format = "g", width = 1)
  if (length(x) == 1) one(x) else paste0("[", paste(vapply(x, one, ""), collapse = ","), "]")
}
z <- qnorm(.975)
wilson <- function(x, n) { p <- x/n; m <- (p + z^2/(2*n))/(1+z^2/n); h <- z*sqrt(p*(1-p)/n + z^2/(4*n^2))/(1+z^2/n); list(lo = if (x == 0) 0 else m-h, hi = if (x == n) 1 else m+h) }
cp <- function(x, n) list(lo = if (x == 0) 0 else qbeta(.025, x, n-x+1), hi = if (x == n) 1 else qbeta(.975, x+1, n-x))
jef <- function(x, n) list(lo = if (x == 0) 0 else qbeta(.025, x+.5, n-x+.5), hi = if (x == n) 1 else qbeta(.975, x+.5, n-x+.5))
alpha <- function(C) { k <- ncol(C); k/(k-1)*(1 - sum(diag(C))/sum(C)) }

shape <- function(name, levels, sat, el, overall, n, miss, target, weights = rep(1, length(el)), make) {
  ids <- unlist(lapply(seq_along(el), function(e) sprintf("q%d_%d", e, seq_len(el[e]))))
  elem <- rep(seq_along(el), el)
  M <- make(n, elem, levels)
  raw <- matrix(as.character(M), nrow(M))
  gap <- matrix(runif(length(M)), nrow(M))
  raw[gap < miss] <- ""
  raw[gap >= miss & gap < 2*miss] <- "N"
  if (!overall) raw <- raw[, seq_along(ids), drop = FALSE]
  colnames(raw) <- c(ids, if (overall) "overall")
  write.csv(data.frame(id = seq_len(n), raw), paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
  y <- c(paste0("id: ", name), "levels:", sprintf("  - {value: %d}", levels), paste0("satisfied: [", paste(sat, collapse = ", "), "]"),
    paste0("target: ", target), if (overall) "overall: {id: overall}", "elements:")
  for (e in seq_along(el)) y <- c(y, sprintf("  - id: e%d\n    weight: %g\n    criteria:", e, weights[e]), sprintf("      - {id: %s}", ids[elem == e]))
  writeLines(y, paste0(name, ".yaml"))

  num <- suppressWarnings(matrix(as.numeric(raw), nrow(raw), dimnames = dimnames(raw)))
  K <- !is.na(num); S <- K & matrix(num %in% sat, nrow(num))
  out <- list(items = list(), elements = list())
  for (id in colnames(raw)) {
    v <- num[K[, id], id]; nn <- length(v); x <- sum(v %in% sat)
    out$items[[id]] <- list(levels = as.numeric(table(factor(v, levels))), not_applicable = sum(raw[, id] == "N"), unanswered = sum(raw[, id] == ""),
      missing = n - nn, n = nn, x = x, share = if (nn) x/nn else NA, mean = if (nn) mean(v) else NA, var = if (nn > 1) var(v) else NA,
      wilson = wilson(x, nn), clopper_pearson = cp(x, nn), jeffreys = jef(x, nn),
      prob_true_share_ge_090 = pbeta(.9, x+.5, nn-x+.5, lower.tail = FALSE), prob_target = pbeta(target, x+.5, nn-x+.5, lower.tail = FALSE))
  }
  element <- function(cols) {
    nn <- colSums(K[, cols, drop = FALSE]); x <- colSums(S[, cols, drop = FALSE]); p <- x/nn; a <- 1/length(cols)
    infl <- rowSums(sapply(seq_along(cols), function(i) a*(S[, cols[i]] - p[i]*K[, cols[i]])/nn[i]))
    k <- rowSums(K[, cols, drop = FALSE]); t <- rowSums(S[, cols, drop = FALSE]); r <- sum(k > 0); R <- sum(t)/sum(k)
    full <- k == length(cols)
    list(share_mean_of_criteria = mean(p), se_mean_of_criteria = sqrt(sum(infl^2)), share_pooled_answers = R, answers = sum(k), satisfied = sum(t),
      se_pooled_clustered = sqrt(r/(r-1)*sum((t-R*k)^2))/sum(k), share_all_criteria_satisfied_complete = if (any(full)) mean(t[full] == length(cols)) else NA, respondents = r)
  }
  for (e in seq_along(el)) out$elements[[paste0("e", e)]] <- element(ids[elem == e])
  m <- sapply(out$elements, function(f) f$share_mean_of_criteria); pl <- sapply(out$elements, function(f) f$share_pooled_answers)
  out$index_mean_of_elements <- sum(weights*m)/sum(weights)
  out$index_mean_of_elements_pooled <- sum(weights*pl)/sum(weights)
  infl <- 0
  for (e in seq_along(el)) { cols <- ids[elem == e]; for (c in cols) { nn <- sum(K[, c]); infl <- infl + weights[e]/sum(weights)/length(cols)*(S[, c] - sum(S[, c])/nn*K[, c])/nn } }
  out$se_index_mean_of_elements <- sqrt(sum(infl^2))
  out$index_all_criteria <- element(ids)
  rel <- list()
  for (e in which(el > 1)) {
    cols <- ids[elem == e]; D <- num[, cols]; D <- D[complete.cases(D), , drop = FALSE]
    C <- cov(D); rest <- sapply(cols, function(c) cor(D[, c], rowSums(D[, setdiff(cols, c), drop = FALSE])))
    r <- list(n_complete = nrow(D), alpha = alpha(C), alpha_standardized = alpha(cor(D)), alpha_pairwise = alpha(cov(num[, cols], use = "pairwise")),
      item_rest = as.list(rest), item_total = as.list(sapply(cols, function(c) cor(D[, c], rowSums(D)))))
    if (length(cols) > 2) {
      r$alpha_if_dropped <- as.list(sapply(seq_along(cols), function(i) alpha(C[-i, -i, drop = FALSE]))); names(r$alpha_if_dropped) <- cols
      f <- tryCatch(factanal(covmat = C, factors = 1, n.obs = nrow(D), control = list(lower = 1e-4)), error = function(e) NULL)
      if (!is.null(f)) { l <- f$loadings[, 1]*sqrt(diag(C)); r$omega_one_factor_ml <- sum(l)^2/(sum(l)^2 + sum(f$uniquenesses*diag(C))) }
    }
    rel[[paste0("e", e)]] <- r
  }
  if (length(rel)) out$reliability <- rel
  if (overall) {
    X <- sapply(seq_along(el), function(e) rowMeans(num[, ids[elem == e], drop = FALSE], na.rm = TRUE)); colnames(X) <- paste0("e", seq_along(el))
    ok <- complete.cases(X) & K[, "overall"]; X <- X[ok, , drop = FALSE]; yy <- num[ok, "overall"]
    fit <- lm(yy ~ X); cf <- summary(fit)$coefficients; rownames(cf) <- c("(Intercept)", colnames(X))
    R <- cor(X); ry <- cor(X, yy)[, 1]; p <- ncol(X)
    r2 <- function(s) if (length(s)) sum(ry[s]*solve(R[s, s, drop = FALSE], ry[s])) else 0
    sub <- lapply(0:(2^p-1), function(b) which(bitwAnd(b, 2^(0:(p-1))) > 0)); R2 <- sapply(sub, r2)
    lmg <- sapply(1:p, function(j) { b <- which(bitwAnd(0:(2^p-1), 2^(j-1)) == 0); s <- sapply(sub[b], length); sum(factorial(s)*factorial(p-s-1)/factorial(p)*(R2[b+2^(j-1)]-R2[b])) })
    ev <- eigen(R); L <- ev$vectors %*% diag(sqrt(ev$values), p) %*% t(ev$vectors); jw <- as.numeric(L^2 %*% (solve(L, ry)^2))
    nm <- function(v) setNames(as.list(v), colnames(X))
    out$drivers <- list(n = sum(ok), r2 = summary(fit)$r.squared, adj_r2 = summary(fit)$adj.r.squared, coef = as.list(cf[, 1]), se = as.list(cf[, 2]),
      beta_std = nm(cf[-1, 1]*apply(X, 2, sd)/sd(yy)), correlation = nm(ry), relative_weights_johnson = nm(jw), lmg_shapley = nm(lmg))
  }
  q <- num[, ids, drop = FALSE]
  run <- apply(q, 1, function(v) { v <- v[!is.na(v)]; if (length(v)) max(rle(v)$lengths) else 0 })
  ans <- rowSums(!is.na(q)); same <- apply(q, 1, function(v) length(unique(v[!is.na(v)])) == 1)
  out$straightlining <- list(answered_at_least_10 = sum(ans >= 10), all_same_and_at_least_10 = sum(ans >= 10 & same), longest_run_histogram = as.numeric(table(factor(run[run > 0], seq_along(ids)))))
  writeLines(js(out), paste0(name, ".golden.json"))
}

# People have a mood, elements a level, so that items go together.
latent <- function(mean, spread) function(n, elem, levels) {
  mood <- rnorm(n); em <- matrix(rnorm(n*max(elem)), n)
  base <- cbind(sapply(elem, function(e) mood + .7*em[, e]), mood + .4*rowMeans(em)*sqrt(max(elem)))
  v <- round(mean + spread*(base + matrix(rnorm(length(base), sd = .8), n)))
  matrix(pmin(pmax(v, min(levels)), max(levels)), n)
}
set.seed(20240124)
shape("points", 0:2, 2, 6, FALSE, 57, .06, .9, make = latent(1.4, .5))
shape("seven", 1:7, 6:7, rep(5, 12), TRUE, 300, .02, .8, weights = rep(c(1, 2, .5), 4), make = latent(5.6, .8))
shape("yesno", 0:1, 1, c(2, 3), TRUE, 40, .03, .75, make = latent(.7, .4))
