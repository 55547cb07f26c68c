/// What a report's page brings along, so that it needs nothing else: colours for light and dark, and a script that opens
/// what is folded before printing.
enum ReportStyle {
    static let css = """
        :root { color-scheme: light dark; --text: #1b1f24; --faint: #57606a; --page: #ffffff; --box: #f3f5f7;
          --line: #c9d1d9; --leader: #0b5cad; --follower: #8db8e3; --looking: #ffc9c2; --bad: #b3261e; --good: #1a6b32;
          --band0: #d8e3ee; --band1: #e9eff5; --link: #0b5cad; --added: #1a6b32; --removed: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --faint: #a3adb8; --page: #14181d; --box: #1d232a;
          --line: #3b444e; --leader: #6cb6ff; --follower: #2f5d8c; --looking: #6e2a24; --bad: #ff8f84; --good: #6fd08c;
          --band0: #2a3440; --band1: #222a33; --link: #8cc4ff; --added: #6fd08c; --removed: #ff8f84; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--page); color: var(--text);
          font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
        h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
        a { color: var(--link); } .faint { color: var(--faint); } .good { color: var(--good); } .bad { color: var(--bad); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; } dd { margin: 0; }
        code, pre, summary .id { font-family: ui-monospace, monospace; font-size: .875rem; }
        pre { background: var(--box); padding: .6rem; overflow-x: auto; margin: .4rem 0; overflow-wrap: normal; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); padding: .5rem; }
        .timeline { display: block; width: 100%; min-width: 46rem; font: 12px system-ui, sans-serif; fill: var(--text); }
        .timeline .tick { fill: var(--faint); font-size: 10px; } .timeline .grid { stroke: var(--line); stroke-width: .5; }
        .timeline .pause { stroke: var(--faint); stroke-dasharray: 3 3; } .timeline a rect { cursor: pointer; }
        .timeline .stage.s0 { fill: var(--band0); } .timeline .stage.s1 { fill: var(--band1); }
        .timeline a:focus rect { stroke: var(--text); stroke-width: 2; }
        .m-leader { fill: var(--leader); } .m-follower { fill: var(--follower); } .m-observer { fill: var(--band1); }
        .m-looking { fill: var(--looking); } .m-stopped { fill: var(--line); } .m-line { fill: var(--text); opacity: .35; }
        .m-cross { stroke: var(--bad); stroke-width: 1; } .restart { stroke: var(--text); stroke-width: 1.5; }
        .outage { fill: var(--bad); } .failure { stroke: var(--bad); stroke-width: 2; }
        .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; font-size: .875rem; }
        .legend svg { vertical-align: -2px; margin-right: .35rem; }
        details { border-bottom: 1px solid var(--line); padding: .25rem 0; } details details { margin-left: 1rem; }
        summary { cursor: pointer; } summary .took { float: right; margin-left: .75rem; color: var(--faint); }
        table { border-collapse: collapse; overflow-wrap: break-word; } th, td { text-align: left; padding: .15rem .75rem .15rem 0; vertical-align: top; }
        ol, ul { padding-left: 1.5rem; } .added { color: var(--added); } .removed { color: var(--removed); }
        @media print { body { max-width: none; } .scroll, pre { overflow: visible; } pre { white-space: pre-wrap; }
          .timeline { min-width: 0; } details { break-inside: avoid-page; } }
        """

    static let script = """
        addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(d => d.open = true));
        const openNamed = () => { const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
          for (let d = at; d; d = d.parentElement) if (d.tagName === 'DETAILS') d.open = true;
          if (at) at.scrollIntoView(); };
        addEventListener('hashchange', openNamed); openNamed();
        """
}
