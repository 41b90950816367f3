# Where the reference values of the tests come from, base R 4.2.2:
#   Rscript reference.R
options(digits = 15)
# hypergeometric limits
hyp <- function(x,n,N){ K <- x:(N-(n-x)); lo <- min(K[phyper(x-1,K,N-K,n,lower.tail=FALSE)>0.025]); hi <- max(K[phyper(x,K,N-K,n)>0.025]); c(lo,hi)/N }
for (a in list(c(45,50,200),c(850,1000,3000),c(0,10,50),c(10,10,50),c(27,30,31),c(30,30,30))) cat("hyp",a,hyp(a[1],a[2],a[3]),"\n")
# predictive: P(x+K >= t N), K ~ BB
bb <- function(x,n,m,t){ a<-x+.5; b<-n-x+.5; k<-0:m; p<-exp(lchoose(m,k)+lbeta(k+a,m-k+b)-lbeta(a,b)); sum(p[(x+k) >= t*(n+m)-1e-9]) }
cat("bb", bb(45,50,150,.9), bb(850,1000,2000,.85), bb(27,30,1,.9), "\n")
# beta-binomial MLE
x<-c(45,30,82,60,19,70,40,110,9,25); n<-c(50,50,90,100,20,75,60,140,10,30)
f<-function(v){ m<-plogis(v[1]); M<-exp(v[2]); -sum(lbeta(m*M+x,(1-m)*M+n-x)-lbeta(m*M,(1-m)*M)) }
o<-optim(c(1,2),f,method="BFGS",control=list(reltol=1e-15,maxit=1000)); o<-optim(o$par,f,method="Nelder-Mead",control=list(reltol=1e-15,maxit=5000))
m<-plogis(o$par[1]); M<-exp(o$par[2]); cat("bbmle mu",m,"rho",1/(M+1),"ll",-o$value,"\n")
# Kendall with ties
y<-c(.8,.82,.82,.79,.85,.85,.9,.88,.91,.82); tt<-1:10
k<-cor.test(tt,y,method="kendall",exact=FALSE,continuity=TRUE); cat("mk",k$statistic,k$p.value,"\n")
# raking, post-stratification, clusters
N0<-matrix(c(30,10,20,40,5,15),2); t1<-c(450,750); t2<-c(300,600,300); X0<-matrix(c(25,9,15,38,2,10),2)
w<-N0*1200/sum(N0); for(i in 1:5000){ w<-w*(t1/rowSums(w)); w<-t(t(w)*(t2/colSums(w))) }
u<-w/N0; p<-sum(u*X0)/sum(w); n<-sum(N0)
v<-sum(u^2*(X0*(1-p)^2+(N0-X0)*p^2)); cat("rake",u,"share",p,"deff",n*sum(u^2*N0)/sum(w)^2,"se",sqrt(n/(n-1)*v)/sum(w),"\n")
# post-strat: strata n,x,N
n<-c(40,60,25); x<-c(30,55,10); N<-c(400,300,500); W<-N/sum(N); ph<-x/n
cat("ps",sum(W*ph),sqrt(sum(W^2*(1-n/N)*ph*(1-ph)/(n-1))),sqrt(sum(W^2*ph*(1-ph)/(n-1))),"\n")
p<-sum(W*ph); V<-sum(W^2*(1-n/N)*ph*(1-ph)/(n-1)); nn<-sum(n); df<-nn-3; ne<-min(nn,p*(1-p)/V*(qt(.975,nn-1)/qt(.975,df))^2); xe<-p*ne
cat("kg",ne,qbeta(.025,xe,ne-xe+1),qbeta(.975,xe+1,ne-xe),"\n")
# cluster
x<-c(9,15,20,3,8); n<-c(10,20,20,10,9); R<-sum(x)/sum(n); c<-5; cat("cl",sqrt(c/(c-1)*sum((x-R*n)^2))/sum(n),"\n")
cat("poisson",ppois(11,3,lower.tail=FALSE),"\n")
# exact limits of small periods, power prior
lim<-function(n,p){x<-0:n; c(min(x[pbinom(x,n,p)>.00135]),max(x[pbinom(x-1,n,p,lower.tail=FALSE)>.00135]))}
cat(lim(12,.8),lim(29,.82),lim(5,.9),"\n")
bb <- function(a,b,x,n,m,t){ k<-0:m; p<-exp(lchoose(m,k)+lbeta(k+a+x,m-k+b+n-x)-lbeta(a+x,b+n-x)); sum(p[(x+k) >= t*(n+m)-1e-9]) }
cat(bb(.5+.5*370,.5+.5*30,85,100,300,.9),"\n")
