/// The command-centre page: files in `Page/`, built into the program.
enum Page {
    /// Its files by address. A test compares them with the folder.
    static let files: [String: Entity] = [
        "/": Entity(PackageResources.index_html, contentType: "text/html; charset=utf-8"),
        "/app.css": Entity(PackageResources.app_css, contentType: "text/css; charset=utf-8"),
        "/icon.svg": Entity(PackageResources.icon_svg, contentType: "image/svg+xml"),
        "/api.js": script(PackageResources.api_js),
        "/app.js": script(PackageResources.app_js),
        "/bars.js": script(PackageResources.bars_js),
        "/dom.js": script(PackageResources.dom_js),
        "/feed.js": script(PackageResources.feed_js),
        "/figures.js": script(PackageResources.figures_js),
        "/format.js": script(PackageResources.format_js),
        "/geometry.js": script(PackageResources.geometry_js),
        "/gridcard.js": script(PackageResources.gridcard_js),
        "/grids.js": script(PackageResources.grids_js),
        "/header.js": script(PackageResources.header_js),
        "/i18n.js": script(PackageResources.i18n_js),
        "/live.js": script(PackageResources.live_js),
        "/map.js": script(PackageResources.map_js),
        "/places.js": script(PackageResources.places_js),
        "/trend.js": script(PackageResources.trend_js),
        "/warnings.js": script(PackageResources.warnings_js),
    ]

    private static func script(_ bytes: [UInt8]) -> Entity {
        Entity(bytes, contentType: "text/javascript; charset=utf-8")
    }
}
