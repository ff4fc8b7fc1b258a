//! Forges: pull requests over GitHub, GitLab and Gitea.
