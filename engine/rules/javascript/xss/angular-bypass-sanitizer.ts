import { DomSanitizer } from '@angular/platform-browser';

export class ResultComponent {
  constructor(private readonly sanitizer: DomSanitizer) {}

  show(query: string, text: string) {
    // ruleid: angular-bypass-sanitizer
    this.searchValue = this.sanitizer.bypassSecurityTrustHtml(query);
    // ruleid: angular-bypass-sanitizer
    this.frame = this.sanitizer.bypassSecurityTrustResourceUrl(`https://video.example/${query}`);
    // ruleid: angular-bypass-sanitizer
    this.legacy = $sce.trustAsHtml(text);
    // ok: angular-bypass-sanitizer
    this.icon = this.sanitizer.bypassSecurityTrustHtml('<svg></svg>');
    // ok: angular-bypass-sanitizer
    this.safe = this.sanitizer.sanitize(1, query);
    // ok: angular-bypass-sanitizer
    this.clean = this.sanitizer.bypassSecurityTrustHtml(DOMPurify.sanitize(text));
  }
}
