import Foundation
import Testing

@testable import Dataset

/// Rules that are written into a settings file, which otherwise stays as it is, byte for byte.
@Suite struct RuleChangeTests {
  private static let sources = """
    domains:
      A: { sources: [{ photos: a }] }
      B: { sources: [{ photos: b }] }

    """

  private func change(_ measure: MeasureName, _ low: Double, _ high: Double? = nil, of domain: Domain? = nil)
    -> RuleChange
  {
    RuleChange(
      domain: domain, measure: measure,
      rule: CurateSettings.Rule(measure: measure, minimum: low, maximum: high))
  }

  private func apply(_ changes: RuleChange..., to text: String) throws -> String {
    try SettingsFile.apply(changes, to: text, name: "datasets.yaml", folder: URL(fileURLWithPath: "/"))
  }

  @Test("A number, a pair, a word and a list below its key are replaced where they are written")
  func replaced() throws {
    let head = "# mine\nname: x   # the name\n\n" + Self.sources + "curate:   # rules\n"
    let cases = [
      ("    keep-if:\n        sharpness:   0.2   # sharp\n        yaw: [-30, 30]\n", "0.2 ", "0.35 "),
      ("  keep-if: { yaw: [ -5, 5 ], sharpness: 0.2, }  # flow\n", "0.2,", "0.35,"),
      ("  keep-if: { sharpness: [0.2, 0.9] }\n", "[0.2, 0.9]", "0.35"),
      ("  keep-if: { sharpness: any }\n", "any", "0.35"),
    ]
    for (tail, old, new) in cases {
      let expected = head + tail.replacingOccurrences(of: old, with: new)
      #expect(try apply(change(.sharpness, 0.35), to: head + tail) == expected)
    }
    let list = head + "  keep-if:\n    yaw:\n      - -30   # left\n      - 30\n"
    let turned = list.replacingOccurrences(of: "-30 ", with: "-12.5 ").replacingOccurrences(
      of: " 30", with: " 8")
    #expect(try apply(change(.yaw, -12.5, 8), to: list) == turned)
  }

  @Test("A missing measure, keep-if or curate is added in the indentation of the file, and comments remain")
  func added() throws {
    let cases = [
      // A table on separate lines, oddly indented.
      (
        "curate:\n     # limits\n     keep-if:\n           # of the head\n           yaw: [-30, 30]\n",
        "           yaw:", "           sharpness: 0.35\n           yaw:"
      ),
      ("curate: { keep-if: { yaw: [-30, 30] } } # all\n", "{ yaw", "{ sharpness: 0.35, yaw"),
      ("curate: {keep-if: {}}\n", "{}", "{ sharpness: 0.35 }"),
      (
        "curate:\n   keep-if:    # none yet\n   split: { test: 3 }\n", "keep-if:",
        "keep-if: { sharpness: 0.35 }"
      ),
      (
        "curate:\n   # the split\n   split: { test: 3 }\n", "   split",
        "   keep-if: { sharpness: 0.35 }\n   split"
      ),
      ("curate: { split: { test: 3 } }\n", "{ split", "{ keep-if: { sharpness: 0.35 }, split"),
      ("curate:\n", "curate:", "curate: { keep-if: { sharpness: 0.35 } }"),
      ("name: x\n", "name: x\n", "name: x\ncurate:\n  keep-if: { sharpness: 0.35 }\n"),
      ("name: x  # no line end", "end", "end\ncurate:\n  keep-if: { sharpness: 0.35 }\n"),
    ]
    for (text, old, new) in cases {
      for newline in ["\n", "\r\n"] {
        func written(_ text: String) -> String { text.replacingOccurrences(of: "\n", with: newline) }
        let whole = written("\u{FEFF}# é 日本\n" + Self.sources + text)
        guard text.hasSuffix("\n") || newline == "\n" else { continue }
        let expected = written(
          "\u{FEFF}# é 日本\n" + Self.sources + text.replacingOccurrences(of: old, with: new))
        let edited = try apply(change(.sharpness, 0.35), to: whole)
        #expect(Array(edited.utf8) == Array(expected.utf8), "\(text)")
      }
    }
    // A file that is indented as a whole, and one that is a single table.
    let indented =
      "  name: x\n  domains: { A: { sources: [{ photos: a }] }, B: { sources: [{ photos: b }] } }\n"
    #expect(
      try apply(change(.yaw, -5, 5), to: indented) == indented + "  curate:\n    keep-if: { yaw: [-5, 5] }\n")
    let flow = "{ name: x, domains: { A: { sources: [{ photos: a }] }, B: { sources: [{ photos: b }] } } }"
    #expect(
      try apply(change(.yaw, -5, 5), to: flow) == "{ curate: { keep-if: { yaw: [-5, 5] } },"
        + flow.dropFirst())
    // After the end of the document no key can follow.
    let ended = Self.sources + "...\n"
    #expect(try apply(change(.yaw, -5, 5), to: ended) == "curate: { keep-if: { yaw: [-5, 5] } }\n" + ended)
  }

  @Test("A domain's first own rule does not drop its default rules, and several changes are made at once")
  func domains() throws {
    let text = "domains:\n  A:\n    sources: [{ photos: a }]\n  B:\n    sources: [{ photos: b }]\n"
    let edited = try apply(change(.yaw, -5, 5, of: .b), change(.sharpness, 0.3), to: text)
    func rules(_ text: String, _ domain: Domain) throws -> [CurateSettings.Rule] {
      try SettingsFile.settings(in: text, name: "x", folder: URL(fileURLWithPath: "/")).rules(for: domain)
    }
    let before = try rules(text, .b)
    let after = try rules(edited, .b)
    for rule in before where ![.yaw, .sharpness].contains(rule.measure) { #expect(after.contains(rule)) }
    #expect(after.contains(CurateSettings.Rule(measure: .yaw, minimum: -5, maximum: 5)))
    #expect(try rules(edited, .a).contains(CurateSettings.Rule(measure: .sharpness, minimum: 0.3)))
    #expect(try !rules(edited, .a).contains { $0.measure == .yaw && $0.maximum == 5 })
    for line in text.split(separator: "\n") { #expect(edited.contains(line)) }
    let none = try apply(RuleChange(domain: nil, measure: .sharpness, rule: nil), to: edited)
    #expect(none == edited.replacingOccurrences(of: "sharpness: 0.3", with: "sharpness: any"))
  }

  @Test("A change that a domain's own rule overrides, an invalid file and an unknown form are refused")
  func refused() {
    let own =
      "domains:\n  A: { sources: [{ photos: a }], keep-if: { yaw: [-9, 9] } }\n  B: { sources: [{ photos: b }] }\n"
    let commented = Self.sources + "curate:\n  keep-if:\n    yaw: [-30, # left\n      30]\n"
    let texts = [
      (own, "its own keep-if"), (commented, "cannot change"), (Self.sources + "color: red\n", "unknown key"),
      ("", "empty"),
    ]
    for (text, words) in texts {
      let error = #expect(throws: SettingsError.self) { try apply(change(.yaw, -5, 5), to: text) }
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }
}
