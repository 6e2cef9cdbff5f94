import FlyingFox
import Foundation

/// A file of the page, which is embedded in the program.
struct PageFile: Sendable {
  let bytes: Data
  let type: String

  private init(_ bytes: [UInt8], _ type: String) {
    (self.bytes, self.type) = (Data(bytes), type + "; charset=utf-8")
  }

  /// The page itself.
  static let index = PageFile(PackageResources.index_html, "text/html")

  /// The files by the path that they are served under.
  static let all: [String: PageFile] = [
    "/": index,
    "/address.js": PageFile(PackageResources.address_js, "text/javascript"),
    "/app.js": PageFile(PackageResources.app_js, "text/javascript"),
    "/brush.js": PageFile(PackageResources.brush_js, "text/javascript"),
    "/charts.js": PageFile(PackageResources.charts_js, "text/javascript"),
    "/compare.js": PageFile(PackageResources.compare_js, "text/javascript"),
    "/detail.css": PageFile(PackageResources.detail_css, "text/css"),
    "/detail.js": PageFile(PackageResources.detail_js, "text/javascript"),
    "/dom.js": PageFile(PackageResources.dom_js, "text/javascript"),
    "/domains.js": PageFile(PackageResources.domains_js, "text/javascript"),
    "/duplicates.js": PageFile(PackageResources.duplicates_js, "text/javascript"),
    "/facts.js": PageFile(PackageResources.facts_js, "text/javascript"),
    "/filters.js": PageFile(PackageResources.filters_js, "text/javascript"),
    "/frame.js": PageFile(PackageResources.frame_js, "text/javascript"),
    "/grid.js": PageFile(PackageResources.grid_js, "text/javascript"),
    "/history.js": PageFile(PackageResources.history_js, "text/javascript"),
    "/icon.svg": PageFile(PackageResources.icon_svg, "image/svg+xml"),
    "/keys.js": PageFile(PackageResources.keys_js, "text/javascript"),
    "/learning.js": PageFile(PackageResources.learning_js, "text/javascript"),
    "/limits.js": PageFile(PackageResources.limits_js, "text/javascript"),
    "/map.js": PageFile(PackageResources.map_js, "text/javascript"),
    "/paint.js": PageFile(PackageResources.paint_js, "text/javascript"),
    "/samples.js": PageFile(PackageResources.samples_js, "text/javascript"),
    "/server.js": PageFile(PackageResources.server_js, "text/javascript"),
    "/sheets.js": PageFile(PackageResources.sheets_js, "text/javascript"),
    "/source.js": PageFile(PackageResources.source_js, "text/javascript"),
    "/style.css": PageFile(PackageResources.style_css, "text/css"),
    "/suggestions.js": PageFile(PackageResources.suggestions_js, "text/javascript"),
    "/tiles.js": PageFile(PackageResources.tiles_js, "text/javascript"),
    "/timeline.js": PageFile(PackageResources.timeline_js, "text/javascript"),
    "/training.js": PageFile(PackageResources.training_js, "text/javascript"),
    "/try.js": PageFile(PackageResources.try_js, "text/javascript"),
    "/uplot-license.txt": PageFile(PackageResources.uplot_license_txt, "text/plain"),
    "/uplot.css": PageFile(PackageResources.uplot_css, "text/css"),
    "/uplot.js": PageFile(PackageResources.uplot_js, "text/javascript"),
    "/views.css": PageFile(PackageResources.views_css, "text/css"),
    "/views.js": PageFile(PackageResources.views_js, "text/javascript"),
    "/words.js": PageFile(PackageResources.words_js, "text/javascript"),
    "/zoom.js": PageFile(PackageResources.zoom_js, "text/javascript"),
  ]

  /// Adds a route for each file.
  static func addRoutes(to table: inout RoutedHTTPHandler) {
    for (path, file) in all {
      table.appendRoute(HTTPRoute(method: .GET, path: path)) { request in
        // The route "/" also matches every longer path.
        guard request.target.path() == path else { throw HTTPUnhandledError() }
        return file.reply()
      }
    }
  }

  /// The response with the file.
  func reply(headers: [HTTPHeader: String] = [:]) -> HTTPResponse {
    Reply.bytes(bytes, type: type, headers: headers)
  }
}
