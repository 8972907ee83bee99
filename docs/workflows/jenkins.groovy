// A gate for every pull request of a multibranch pipeline, from recordings: no key and no network, so
// forks are checked alike. Copy it to Jenkinsfile, or let `workbench init --workflow jenkins` do so.
// Let forks be built without credentials, and this file be taken from the target branch ("trust").
pipeline {
  agent { docker { image 'python:3.12' } }
  options { timeout(time: 15, unit: 'MINUTES') }
  parameters {
    // what decides may change beside a prompt where a person builds again with the word that status
    // 102 names
    string(name: 'REVIEWED', defaultValue: '', description: 'the word of workbench ci, where a person looked')
  }
  stages {
    stage('gate') {
      steps {
        // a private repository lets no shell fetch: then the job's own checkout of the target has to do
        sh 'git fetch --no-tags origin "+refs/heads/*:refs/remotes/origin/*" || git rev-parse --verify "origin/$CHANGE_TARGET"'
        sh 'python -m venv .venv && .venv/bin/pip install prompt-workbench'
        // 0 passed, 100 failed, 101 inconclusive, 102 a person has to look, 1 trouble of the tool: all
        // but 0 stop the merge; on a branch that was merged into, people have looked
        sh '''
          export PATH="$PWD/.venv/bin:$PATH"
          if [ -z "$CHANGE_TARGET" ]; then REVIEWED=anything; fi
          if [ -z "$CHANGE_TARGET$GIT_PREVIOUS_SUCCESSFUL_COMMIT" ]; then
            echo 'no green build of this branch: what its last commit changed is looked at alone'
          fi
          base="${CHANGE_TARGET:+origin/$CHANGE_TARGET}"
          workbench ci --base "${base:-${GIT_PREVIOUS_SUCCESSFUL_COMMIT:-HEAD~1}}" --offline -o gate --reviewed "$REVIEWED"
        '''
      }
    }
  }
  post {
    always {
      junit testResults: 'gate/junit.xml', allowEmptyResults: true
      archiveArtifacts artifacts: 'gate/**', allowEmptyArchive: true
    }
  }
}
