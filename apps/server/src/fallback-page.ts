/** Shown when the web pages have not been built; plain text, no scripts. */
export const fallbackPage: string = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Kairship</title>
<h1>Kairship runs</h1>
<p>The web pages are not part of this installation. The API is here:</p>
<ul>
<li><a href="/apis/kairship.io/v1alpha1/instances">instances</a></li>
<li><a href="/apis/kairship.io/v1alpha1/managedclusters">managed clusters</a></li>
<li><a href="/readyz?verbose">readiness</a></li>
</ul>
<p>Start with <code>kairship status</code> in a terminal.</p>
</html>
`
