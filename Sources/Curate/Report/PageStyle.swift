/// How the report looks: quiet, in the reader's own light or dark, on any width.
enum PageStyle {
  static let css = """
    :root { color-scheme: light dark; --ground: #fbfbf9; --panel: #ffffff; --ink: #1d1f21; --soft: #63676b;
      --line: #dfdfda; --a: #2f6fb3; --b: #c2571a; --good: #2b7a4b; }
    @media (prefers-color-scheme: dark) { :root { --ground: #16181a; --panel: #1f2225; --ink: #e9e8e4;
      --soft: #a2a6aa; --line: #34383c; --a: #6aa7e6; --b: #ec8f55; --good: #64bd8a; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
    main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 0 0 4px; }
    h3 { font-size: 1rem; margin: 20px 0 8px; font-weight: 600; }
    p { margin: 0 0 8px; max-width: 46rem; }
    .lead, .more, figcaption, dt, small { color: var(--soft); }
    section { margin-top: 36px; padding-top: 20px; border-top: 1px solid var(--line); }
    .counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0; }
    .counts div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
    .counts b { display: block; font-size: 1.8rem; line-height: 1.15; font-variant-numeric: tabular-nums; }
    .counts small { display: block; }
    .counts .a b { color: var(--a); } .counts .b b { color: var(--b); }
    .next { background: var(--panel); border: 1px solid var(--line); border-left: 4px solid var(--good);
      border-radius: 8px; padding: 12px 16px; }
    .next ol, .next ul { margin: 4px 0 0; padding-left: 1.3em; } .next li { margin: 4px 0; }
    .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); gap: 8px; }
    .grid.told { grid-template-columns: repeat(auto-fill, minmax(136px, 1fr)); gap: 12px; }
    figure { margin: 0; position: relative; min-width: 0; }
    figure img, .none { display: block; width: 100%; height: auto; aspect-ratio: 1; border-radius: 6px;
      border: 1px solid var(--line); background: #fff; }
    .none { display: grid; place-items: center; background: var(--panel); color: var(--soft); font-size: .8rem; }
    figcaption { font-size: .8rem; line-height: 1.35; margin-top: 4px; overflow-wrap: anywhere; }
    .mark { position: absolute; left: 4px; top: 4px; background: var(--good); color: #fff; font-size: .75rem;
      font-weight: 600; padding: 0 6px; border-radius: 4px; }
    @media (prefers-color-scheme: dark) { .mark { color: #10221a; } }
    .twins { display: flex; flex-wrap: wrap; gap: 16px; margin-top: 12px; } .more { margin-top: 8px; }
    .twin { display: flex; flex-wrap: wrap; gap: 8px; background: var(--panel); border: 1px solid var(--line);
      border-radius: 8px; padding: 10px; } .twin figure { width: 124px; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 20px; align-items: start; }
    @media (min-width: 600px) { .pair > :first-child { grid-row: span 3; } }
    .mean { display: flex; gap: 12px; flex-wrap: wrap; } .mean figure { width: calc(50% - 6px); max-width: 160px; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; } td, th { text-align: left;
      padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
    thead th, tbody th { color: var(--soft); } .scroll { overflow-x: auto; }
    svg { display: block; width: 100%; max-width: 300px; height: auto; }
    svg text { font-size: 11px; fill: var(--soft); } svg .axis { stroke: var(--line); fill: none; }
    svg .area { fill-opacity: .22; stroke-width: 1.5; stroke-linejoin: round; }
    svg .a { fill: var(--a); stroke: var(--a); } svg .b { fill: var(--b); stroke: var(--b); }
    .key span { display: inline-block; margin-right: 14px; } .key i { display: inline-block; width: .8em;
      height: .8em; border-radius: 2px; margin-right: 6px; vertical-align: -1px; }
    .key .a { background: var(--a); } .key .b { background: var(--b); }
    nav { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 20px; }
    nav a { color: inherit; text-decoration: none; border: 1px solid var(--line); border-radius: 999px;
      padding: 6px 12px; background: var(--panel); font-size: .9rem; } nav a:hover { border-color: var(--soft); }
    .over { position: absolute; left: 0; top: 0; width: 100%; max-width: none; aspect-ratio: 1; }
    svg.over .a, svg.over .b { fill: none; stroke-width: .8; }
    .meter { display: inline-block; width: 72px; height: 8px; border-radius: 4px; background: var(--line);
      margin-right: 8px; overflow: hidden; } .meter i { display: block; height: 100%; background: var(--ink); }
    @media (max-width: 520px) { .meter { display: none; } td, th { padding-right: 10px; font-size: .9rem; } }
    summary { cursor: pointer; } code { font-size: .9em; overflow-wrap: anywhere; }
    """
}
